#include "common/wire_client.h"
