#include <stdlib.h>
#include <string.h>

#include "share.h"

struct enc_share *enc_share_find(const struct enc_list *shares, const char *org)
{
	ENC_LIST_EACH(*shares, at)
	{
		struct enc_share *share =
			ENC_HOLDER(at, struct enc_share, link);

		if (strcmp(share->org, org) == 0) {
			return share;
		}
	}
	return NULL;
}

struct enc_share *enc_share_hold(struct enc_list *shares, const char *org)
{
	struct enc_share *share = enc_share_find(shares, org);

	if (share == NULL) {
		share = enc_xalloc(sizeof(*share));
		share->org = enc_xstrdup(org);
		enc_list_init(&share->queue);
		enc_list_append(shares, &share->link);
	}
	share->holders++;
	return share;
}

void enc_share_release(struct enc_share *share)
{
	if (share == NULL || --share->holders > 0) {
		return;
	}
	ENC_ASSERT(share->waiting == 0 && share->running == 0);
	enc_list_remove(&share->link);
	free(share->org);
	free(share);
}

void enc_share_wait(struct enc_share *share, struct enc_share_waiter *waiter,
		    uint64_t turn)
{
	waiter->turn = turn;
	enc_list_append(&share->queue, &waiter->link);
	share->waiting++;
}

void enc_share_stop_waiting(struct enc_share *share,
			    struct enc_share_waiter *waiter)
{
	enc_list_remove(&waiter->link);
	share->waiting--;
}

struct enc_share_waiter *enc_share_first(const struct enc_share *share)
{
	return enc_list_empty(&share->queue)
		       ? NULL
		       : ENC_HOLDER(share->queue.next, struct enc_share_waiter,
				    link);
}
