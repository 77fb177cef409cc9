#ifndef ENC_BASE_LIST_H
#define ENC_BASE_LIST_H

/*
 * A circular list through members of its elements; the list owns nothing.
 *
 *	struct job { struct enc_list link; ... };
 *	struct enc_list jobs = ENC_LIST(jobs);
 *	enc_list_append(&jobs, &job->link);
 *	ENC_LIST_EACH(jobs, at) { ENC_HOLDER(at, struct job, link) ... }
 */

#include <stdbool.h>

#include "def.h"

struct enc_list {
	struct enc_list *next;
	struct enc_list *previous;
};

#define ENC_LIST(head)                               \
	{                                            \
		.next = &(head), .previous = &(head) \
	}

/*
 * The element may be removed inside of the loop, no other one: neither may a
 * function that is called from there remove any. What would remove others, such
 * as the loss of their common channel, is marked and done by the main loop.
 * NOLINTBEGIN(bugprone-macro-parentheses): `at` is a name that is declared
 */
#define ENC_LIST_EACH(head, at)                                        \
	for (struct enc_list *at = (head).next, *at##_next = at->next; \
	     at != &(head); at = at##_next, at##_next = at->next)
/* NOLINTEND(bugprone-macro-parentheses) */

/* enc_list_init() - an empty head, or an element that is in no list */
static inline void enc_list_init(struct enc_list *head)
{
	head->next = head;
	head->previous = head;
}

static inline bool enc_list_empty(const struct enc_list *head)
{
	return head->next == head;
}

/* enc_list_append() - as the last one; @link must be in no list */
static inline void enc_list_append(struct enc_list *head, struct enc_list *link)
{
	link->next = head;
	link->previous = head->previous;
	head->previous->next = link;
	head->previous = link;
}

/* enc_list_remove() - also when it is in no list; it is in none afterwards */
static inline void enc_list_remove(struct enc_list *link)
{
	link->next->previous = link->previous;
	link->previous->next = link->next;
	enc_list_init(link);
}

#endif
