#include "common/verdict_line.h"
