#ifndef ENC_PARENT_JANITOR_H
#define ENC_PARENT_JANITOR_H

/*
 * The children of a killed enclaved die with it (PDEATHSIG), but their cgroups
 * stay. The janitor is a fork of enclaved that reads from a pipe. The pipe ends
 * when enclaved dies; then the janitor removes the instance's groups and exits.
 */

#include "def.h"

/**
 * enc_janitor_start() - fork it, before anything else is opened
 * @instance:  names the cgroups
 * @ret_alive: the pipe's write end; it stays open as long as enclaved lives
 * @ret_pidfd: of the janitor
 *
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_janitor_start(const char *instance, int *ret_alive,
				    int *ret_pidfd);

#endif
