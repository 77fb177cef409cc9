#ifndef ENC_BASE_LIST_H
#define ENC_BASE_LIST_H

/*
 * A circular list whose links are members of the elements. The list owns no
 * element.
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
 * Loops over a list. The body may remove the current element, but no other one;
 * this also holds for every function that the body calls. If an event affects
 * several elements, such as the loss of their common channel, the body only
 * marks it and the main loop removes them later.
 * NOLINTBEGIN(bugprone-macro-parentheses): `at` is a name that is declared
 */
#define ENC_LIST_EACH(head, at)                                        \
	for (struct enc_list *at = (head).next, *at##_next = at->next; \
	     at != &(head); at = at##_next, at##_next = at->next)
/* NOLINTEND(bugprone-macro-parentheses) */

/*
 * enc_list_init() - initialize an empty list, or an element that is in no list
 */
static inline void enc_list_init(struct enc_list *head)
{
	head->next = head;
	head->previous = head;
}

static inline bool enc_list_empty(const struct enc_list *head)
{
	return head->next == head;
}

/* enc_list_append() - append an element; @link must be in no list */
static inline void enc_list_append(struct enc_list *head, struct enc_list *link)
{
	link->next = head;
	link->previous = head->previous;
	head->previous->next = link;
	head->previous = link;
}

/*
 * enc_list_remove() - remove an element from its list; does nothing if it is in
 * no list
 */
static inline void enc_list_remove(struct enc_list *link)
{
	link->next->previous = link->previous;
	link->previous->next = link->next;
	enc_list_init(link);
}

#endif
