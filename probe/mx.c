#include "probe/mx.h"
