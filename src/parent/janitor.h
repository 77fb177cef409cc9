#ifndef ENC_PARENT_JANITOR_H
#define ENC_PARENT_JANITOR_H

/*
 * If enclaved is killed, its children die with it (PDEATHSIG), but somebody
 * has to remove cgroups. The janitor is a fork that holds nothing but the
 * read end of a pipe; at its end it sweeps the instance and exits.
 */

#include "def.h"

/**
 * enc_janitor_start() - fork it, before anything else is opened
 * @instance:       names the cgroups
 * @ret_alive:      write end: keep it open, close it never
 * @ret_pidfd:      to know that it lives
 *
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_janitor_start(const char *instance, int *ret_alive,
				    int *ret_pidfd);

#endif
