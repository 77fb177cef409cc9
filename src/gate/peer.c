#include <sys/socket.h>
#include <unistd.h>

#include "gate_internal.h"
#include "peer.h"

static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct enc_peer *peer = ENC_HOLDER(poll, struct enc_peer, poll);

	peer->ready(peer, status < 0 ? ENC_PEER_FAILED : events);
}

struct enc_peer *enc_peer_new(struct enc_gate *gate, int fd, void *owner,
			      enc_peer_ready_fn *ready)
{
	struct enc_peer *peer = enc_xalloc(sizeof(*peer));

	peer->fd = fd;
	ENC_MUST(uv_poll_init(&gate->loop, &peer->poll, fd));
	enc_peer_hand_over(peer, owner, ready);
	return peer;
}

void enc_peer_hand_over(struct enc_peer *peer, void *owner,
			enc_peer_ready_fn *ready)
{
	peer->owner = owner;
	peer->ready = ready;
}

void enc_peer_watch(struct enc_peer *peer, int events)
{
	if (peer->events == events) {
		return;
	}
	peer->events = events;
	if (events == 0) {
		(void)uv_poll_stop(&peer->poll);
	} else {
		ENC_MUST(uv_poll_start(&peer->poll, events, on_ready));
	}
}

void enc_peer_reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	ENC_IGNORE(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	(void)close(fd); /* Linux closes it even if close() reports an error */
}

static void on_closed(uv_handle_t *handle)
{
	free(ENC_HOLDER((uv_poll_t *)handle, struct enc_peer, poll));
}

void enc_peer_close(struct enc_peer *peer, bool politely)
{
	if (peer == NULL) {
		return;
	}
	(void)uv_poll_stop(&peer->poll);
	if (politely) {
		struct linger never = { .l_onoff = 0 };

		ENC_IGNORE(setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &never,
				      sizeof(never)));
		/* close() frees the descriptor even if it returns an error. */
		(void)close(peer->fd);
	} else {
		enc_peer_reset(peer->fd);
	}
	uv_close((uv_handle_t *)&peer->poll, on_closed);
}
