#ifndef ENC_SANDBOX_FACTS_H
#define ENC_SANDBOX_FACTS_H

/*
 * Theory of operation
 *
 * Some files of /proc describe the host, or count what all sessions do.
 * Programs read them nevertheless: the C library, libuv, ps, free. A native
 * sandbox gets neutral files in their place. These are the same in each session
 * of a server and never change. So enclaved writes them once, as a tree below
 * its run directory that root owns. That tree is a layer of each sandbox's root
 * (plan_base.c), so it doesn't slow down a start. Files that depend on a
 * session's limits are made from it for each sandbox (shown.h).
 *
 * Values that a program needs to know exactly, such as pipe-max-size, are
 * copied from the host when the tree is written.
 */

#include "buf.h"
#include "def.h"

enum { ENC_FACTS_PATH_BYTES = 256 };

/**
 * enc_facts_write() - write the tree; replaces an older one
 * @dir:        absolute path, owned by root; made if it is missing
 * @ret_object: on failure: the file at which it failed; static
 *
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_facts_write(const char *dir, const char **ret_object);

/*
 * enc_facts_read() - append a whole file; for files of /proc, and of the tree.
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_facts_read(const char *path, struct enc_buf *out);

#endif
