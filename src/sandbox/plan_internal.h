#ifndef ENC_SANDBOX_PLAN_INTERNAL_H
#define ENC_SANDBOX_PLAN_INTERNAL_H

/*
 * Internals of the executor of a plan: plan_base.c lays the new root,
 * plan_execute.c carries out the steps in it.
 */

#include <stdbool.h>

#include "plan.h"

struct enc_plan_builder {
	int root;  /* mount of the new root */
	int null;  /* descriptor of dev/null, which masks files */
	int empty; /* an empty directory, for masks; -1 until needed */
	bool empty_attached;
	int environment; /* detached mount, unless it is the root */
	int facts; /* the facts, which mounts over /proc hide; -1 before */
	int shown; /* mount of the files of shown.h; -1 before */
	const struct enc_plan_ids *ids;
};

/*
 * enc_plan_take_root() - mount the base over the environment's directory @path.
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_plan_take_root(struct enc_plan_builder *builder,
				     const struct enc_plan *plan,
				     const char *path);

/*
 * enc_plan_new_tmpfs() - make a detached tmpfs. Return: a descriptor or a
 * negative errno
 */
ENC_NODISCARD int enc_plan_new_tmpfs(const struct enc_step *step);

/* enc_plan_set_text() - set a parameter of a file system that is being made */
ENC_NODISCARD int enc_plan_set_text(int context, const char *key,
				    const char *value);

/* enc_plan_new_file() - make a file that everybody may read */
ENC_NODISCARD int enc_plan_new_file(int dir, const char *name,
				    const char *text);

#endif
