#ifndef ENC_PARENT_JANITOR_H
#define ENC_PARENT_JANITOR_H

/*
 * If enclaved is killed, its children die with it (PDEATHSIG), but their
 * cgroups stay. The janitor removes them. It is a fork of enclaved that reads
 * from a pipe. The pipe ends when enclaved dies. Then the janitor removes the
 * instance's groups and exits.
 */

#include "def.h"

/**
 * enc_janitor_start() - fork the janitor, which keeps open what is open by now:
 * only what has to outlive enclaved
 * @instance:  names the cgroups
 * @ret_alive: write end of the pipe; must stay open as long as enclaved lives
 * @ret_pidfd: of the janitor
 *
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_janitor_start(const char *instance, int *ret_alive,
				    int *ret_pidfd);

#endif
