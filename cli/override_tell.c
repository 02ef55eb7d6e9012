#include "cli/override_tell.h"

#include <sys/types.h>

#include <pwd.h>

#include "cli/out.h"
#include "cli/times.h"
#include "common/clock.h"

void
override_tell(const struct override *o)
{
	const struct passwd *pw = getpwuid((uid_t)o->uid);
	char since[TIMES_LOCAL_SIZE], until[TIMES_LOCAL_SIZE];

	times_local(o->since, since);
	out_part("%s: ", o->what);
	out_state(o->state);
	if (pw != NULL)
		out_part(", said by %s on %s", pw->pw_name, since);
	else
		out_part(", said by uid %u on %s", (unsigned)o->uid, since);
	if (o->until != 0) {
		times_local(o->until, until);
		out_part(override_in_force(o, clock_wall_s()) ? ", until %s" :
		    ", over since %s", until);
	}
	if (o->note[0] != '\0')
		out_part(": %s", o->note);
	out_line("%s", "");
}
