#include "common/stage.h"
