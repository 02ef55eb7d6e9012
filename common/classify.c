#include "common/classify.h"
