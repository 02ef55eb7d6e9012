#include "common/evidence.h"
