#include "common/verdict.h"
