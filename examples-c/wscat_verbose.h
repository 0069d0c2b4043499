/* What wscat -v tells, as curl -v does. */
#ifndef WSCAT_VERBOSE_H
#define WSCAT_VERBOSE_H

/* Tells each step of the process's connections on standard error from now on; level: how often -v was given. */
void tell_steps(int level);

#endif
