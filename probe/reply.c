#include "probe/reply.h"
