#include <errno.h>
#include <sys/socket.h>

#include "gate_internal.h"
#include "held.h"
#include "reach.h"
#include "sending.h"
#include "tls.h"
#include "upstream_link.h"

enum {
	/* Connections of all records: a gate has 1,024 descriptors. */
	KEPT_MAX = 128,
	KEPT_MS = 30000,
	/* The most that may wait to be sent. */
	OUT_MAX_BYTES = 1 << 20,
};

static void on_peer(struct enc_peer *peer, int events)
{
	struct enc_upstream_link *link = peer->owner;

	link->ready(link, events);
}

static void on_old(struct enc_deadlines *deadlines,
		   struct enc_deadline *deadline)
{
	(void)deadlines;
	enc_upstream_link_close(ENC_HOLDER(deadline, struct enc_upstream_link,
					   deadline),
				/* politely= */ false);
}

struct enc_upstream_links *enc_upstream_links_new(struct enc_gate *gate)
{
	struct enc_upstream_links *links = enc_xalloc(sizeof(*links));

	enc_deadlines_init(&links->kept, &gate->loop, KEPT_MS, on_old, NULL);
	enc_reach_deadlines(links, gate);
	return links;
}

struct enc_upstream_link *enc_upstream_link_new(struct enc_held *held,
						struct enc_peer *peer,
						struct enc_tls *tls)
{
	struct enc_upstream_link *link = enc_xalloc(sizeof(*link));

	link->gate = held->gate;
	link->held = enc_held_ref(held);
	link->peer = peer;
	link->tls = tls;
	link->out = ENC_BUF_SECRET(OUT_MAX_BYTES);
	enc_list_init(&link->link);
	enc_deadline_init(&link->deadline);
	enc_peer_hand_over(peer, link, on_peer);
	return link;
}

void enc_upstream_link_own(struct enc_upstream_link *link, void *owner,
			   enc_upstream_ready_fn *ready)
{
	link->owner = owner;
	link->ready = ready;
}

void enc_upstream_link_close(struct enc_upstream_link *link, bool politely)
{
	if (link == NULL) {
		return;
	}
	if (!enc_list_empty(&link->link)) {
		link->gate->upstream_links->kept_count--;
	}
	enc_list_remove(&link->link);
	enc_deadline_clear(&link->deadline);
	enc_peer_close(link->peer, politely);
	enc_tls_free(link->tls);
	enc_buf_done(&link->out);
	enc_held_unref(link->held);
	free(link);
}

/* ---- bytes ---- */

bool enc_upstream_link_sending(const struct enc_upstream_link *link)
{
	return link->out.length > 0;
}

int enc_upstream_link_flush(struct enc_upstream_link *link)
{
	return enc_sending_rest(link->peer->fd, &link->out);
}

/* staged() - the buffer that collects encrypted bytes for one send */
static struct enc_buf *staged(void)
{
	static struct enc_buf bytes = { .max_bytes = OUT_MAX_BYTES };

	enc_buf_clear(&bytes);
	return &bytes;
}

static int send_staged(struct enc_upstream_link *link,
		       const struct enc_buf *bytes)
{
	const struct iovec part = { (void *)(uintptr_t)enc_buf_bytes(bytes),
				    bytes->length };

	return enc_sending_parts(link->peer->fd, &link->out, &part, 1);
}

int enc_upstream_link_send(struct enc_upstream_link *link,
			   const struct iovec *parts, size_t count)
{
	if (link->tls != NULL) {
		struct enc_buf *bytes = staged();
		int r = enc_tls_write(link->tls, parts, count, bytes);

		return r < 0 ? r : send_staged(link, bytes);
	}
	return enc_sending_parts(link->peer->fd, &link->out, parts, count);
}

/*
 * decrypt() - decrypt what was read. Return: as enc_upstream_link_read()
 */
static int decrypt(struct enc_upstream_link *link, const uint8_t *bytes,
		   size_t length, uint8_t **ret_bytes)
{
	static uint8_t memory[ENC_UPSTREAM_ROOM_BYTES +
			      ENC_UPSTREAM_READ_BYTES + ENC_TLS_RECORD_BYTES];
	uint8_t *plain = memory + ENC_UPSTREAM_ROOM_BYTES;
	struct enc_buf *answer = staged();
	int n = enc_tls_read(link->tls, bytes, length, answer, plain,
			     &link->ended);

	/* An alert, or an answer to a change of keys. */
	if (n >= 0 && answer->length > 0 && send_staged(link, answer) < 0) {
		return -EPIPE;
	}
	*ret_bytes = plain;
	return n == 0 && !link->ended ? -EAGAIN : n;
}

int enc_upstream_link_read(struct enc_upstream_link *link, uint8_t **ret_bytes)
{
	static uint8_t
		memory[ENC_UPSTREAM_ROOM_BYTES + ENC_UPSTREAM_READ_BYTES];
	uint8_t *bytes = memory + ENC_UPSTREAM_ROOM_BYTES;
	ssize_t n;

	*ret_bytes = bytes;
	if (link->ended) {
		return 0;
	}
	n = recv(link->peer->fd, bytes, ENC_UPSTREAM_READ_BYTES, MSG_DONTWAIT);
	if (n < 0) {
		return errno == EINTR ? -EAGAIN : -errno;
	}
	if (link->tls != NULL) {
		/* Without close_notify, an attacker may have cut the stream. */
		return n == 0 ? -EPROTO
			      : decrypt(link, bytes, (size_t)n, ret_bytes);
	}
	return (int)n;
}

void enc_upstream_link_watch(struct enc_upstream_link *link, bool may_read)
{
	enc_peer_watch(link->peer,
		       (may_read ? UV_READABLE : 0) |
			       (link->out.length > 0 ? UV_WRITABLE : 0));
}

/* ---- those that are kept ---- */

/* on_stray() - close a kept connection, unless TLS alone has sent something */
static void on_stray(struct enc_upstream_link *link, int events)
{
	uint8_t *bytes;

	if (link->tls == NULL || (events & ENC_PEER_FAILED) != 0 ||
	    enc_upstream_link_read(link, &bytes) != -EAGAIN ||
	    link->out.length > 0) {
		enc_upstream_link_close(link, /* politely= */ false);
	}
}

/* make_room() - close the oldest one that is kept, if there are too many */
static void make_room(struct enc_upstream_links *links)
{
	if (links->kept_count == KEPT_MAX) {
		on_old(&links->kept, ENC_HOLDER(links->kept.list.next,
						struct enc_deadline, link));
	}
}

void enc_upstream_link_keep(struct enc_upstream_link *link)
{
	struct enc_upstream_links *links = link->gate->upstream_links;
	struct enc_held *held = link->held;

	if (!held->current || link->out.length > 0) {
		enc_upstream_link_close(link, /* politely= */ false);
		return;
	}
	make_room(links);
	link->used = true;
	links->kept_count++;
	enc_list_append(&held->kept, &link->link);
	enc_deadline_set(&links->kept, &link->deadline);
	enc_upstream_link_own(link, NULL, on_stray);
	enc_upstream_link_watch(link, /* may_read= */ true);
}

/*
 * is_quiet() - whether nothing has come since the last response. The event loop
 * may handle a request first, so the bytes may still be in the kernel
 */
static bool is_quiet(struct enc_upstream_link *link)
{
	uint8_t *bytes;

	return enc_upstream_link_read(link, &bytes) == -EAGAIN;
}

struct enc_upstream_link *enc_upstream_link_take(struct enc_held *held)
{
	while (!enc_list_empty(&held->kept)) {
		/*
		 * The connection that was used last is most likely still open.
		 */
		struct enc_upstream_link *link =
			ENC_HOLDER(held->kept.previous,
				   struct enc_upstream_link, link);

		enc_list_remove(&link->link);
		link->gate->upstream_links->kept_count--;
		enc_deadline_clear(&link->deadline);
		if (is_quiet(link)) {
			return link;
		}
		enc_upstream_link_close(link, /* politely= */ false);
	}
	return NULL;
}

void enc_upstream_link_close_kept(struct enc_held *held)
{
	while (!enc_list_empty(&held->kept)) {
		enc_upstream_link_close(ENC_HOLDER(held->kept.next,
						   struct enc_upstream_link,
						   link),
					/* politely= */ false);
	}
}
