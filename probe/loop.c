#include "probe/loop.h"

#define PRIORITIES	(LOOP_LATER + 1)	/* the default is the second */

struct event_base *
loop_create(void)
{
	const struct timeval slice = { .tv_usec = LOOP_SLICE_MS * 1000 };
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config == NULL)
		return NULL;
	if (event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) == 0 &&
	    event_config_set_max_dispatch_interval(config, &slice, LOOP_SLICE,
	    LOOP_CLIENTS + 1) == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	if (base != NULL && event_base_priority_init(base, PRIORITIES) == -1) {
		event_base_free(base);
		base = NULL;
	}
	return base;
}
