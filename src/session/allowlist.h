#ifndef ENC_SESSION_ALLOWLIST_H
#define ENC_SESSION_ALLOWLIST_H

/*
 * The allowlist of a session: rules in their canonical form, none twice. A list
 * never changes; a session that gets other rules gets another list. So its
 * record, its sandbox and a change set that waits for the store may each hold
 * one, and it is freed when nobody does.
 *
 * NULL stands for the mode deny_all. An empty list allows nothing either, but
 * may be replaced.
 */

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "message.h"

enum {
	ENC_ALLOWLIST_MAX = ENC_MESSAGE_RULES_MAX,
	/* Lists with longer JSON texts are told by their hash. */
	ENC_ALLOWLIST_TOLD_MAX_BYTES = 8192,
};

struct enc_allowlist {
	unsigned int holders;
	size_t count;
	char *rule[]; /* ASCII, without quotes, backslashes and controls */
};

/*
 * enc_allowlist_new() - make an empty list with room for @room rules; the
 * caller holds it
 */
struct enc_allowlist *enc_allowlist_new(size_t room);

/* enc_allowlist_has() - whether a rule is in the list */
bool enc_allowlist_has(const struct enc_allowlist *list, const char *rule);

/*
 * enc_allowlist_add() - add a copy of a rule, which the list doesn't have yet
 * and has room for
 */
void enc_allowlist_add(struct enc_allowlist *list, const char *rule);

/* enc_allowlist_hold() - return @list, which has one more holder; NULL is fine */
struct enc_allowlist *enc_allowlist_hold(struct enc_allowlist *list);

/* enc_allowlist_release() - end one hold; NULL is fine */
void enc_allowlist_release(struct enc_allowlist *list);

/* enc_allowlist_bytes() - the memory of a list; 0 for NULL */
size_t enc_allowlist_bytes(const struct enc_allowlist *list);

/*
 * enc_allowlist_write() - append {"mode":...,"allow":[...]} in canonical JSON
 */
void enc_allowlist_write(const struct enc_allowlist *list, struct enc_buf *out);

/*
 * enc_allowlist_write_told() - append the same as it stands in audit lines
 *
 * If it has more than ENC_ALLOWLIST_TOLD_MAX_BYTES, the value of `allow` is null,
 * and {"count":N,"sha256":DIGEST} of its text follow.
 */
void enc_allowlist_write_told(const struct enc_allowlist *list,
			      struct enc_buf *out);

#endif
