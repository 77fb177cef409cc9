#ifndef ENC_SANDBOX_FACTS_H
#define ENC_SANDBOX_FACTS_H

/*
 * Theory of operation
 *
 * Some files of /proc tell about the host, or count what every session does,
 * and programs read them all the same: the C library, libuv, ps, free. A native
 * sandbox gets neutral ones in their place. They are the same in each session
 * of a server and never change, so enclaved writes them once, as a tree of
 * root's own below its run directory. That tree is a layer of each sandbox's
 * root (plan_execute.c), which costs a start nothing.
 *
 * What a program needs to know as it is, such as pid_max, is copied from the
 * host when the tree is written.
 */

#include "def.h"

enum { ENC_FACTS_PATH_BYTES = 256 };

/**
 * enc_facts_write() - write the tree, over an older one
 * @dir:        absolute, of root's own; made if it is missing
 * @ret_object: on failure, the file that it failed at; static
 *
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_facts_write(const char *dir, const char **ret_object);

#endif
