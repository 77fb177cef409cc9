#include <sys/socket.h>
#include <unistd.h>

#include "end.h"
#include "gate_internal.h"

static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct enc_end *end = ENC_HOLDER(poll, struct enc_end, poll);

	end->ready(end, status < 0 ? ENC_END_FAILED : events);
}

struct enc_end *enc_end_new(struct enc_gate *gate, int fd, void *owner,
			    enc_end_ready_fn *ready)
{
	struct enc_end *end = enc_xalloc(sizeof(*end));

	end->fd = fd;
	ENC_MUST(uv_poll_init(&gate->loop, &end->poll, fd));
	enc_end_hand_over(end, owner, ready);
	return end;
}

void enc_end_hand_over(struct enc_end *end, void *owner,
		       enc_end_ready_fn *ready)
{
	end->owner = owner;
	end->ready = ready;
}

void enc_end_watch(struct enc_end *end, int events)
{
	if (end->events == events) {
		return;
	}
	end->events = events;
	if (events == 0) {
		(void)uv_poll_stop(&end->poll);
	} else {
		ENC_MUST(uv_poll_start(&end->poll, events, on_ready));
	}
}

void enc_end_reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	ENC_IGNORE(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	(void)close(fd); /* Linux closes it even if close() reports an error */
}

static void on_closed(uv_handle_t *handle)
{
	free(ENC_HOLDER((uv_poll_t *)handle, struct enc_end, poll));
}

void enc_end_close(struct enc_end *end, bool politely)
{
	if (end == NULL) {
		return;
	}
	(void)uv_poll_stop(&end->poll);
	if (politely) {
		/* close() frees the descriptor even if it returns an error. */
		(void)close(end->fd);
	} else {
		enc_end_reset(end->fd);
	}
	uv_close((uv_handle_t *)&end->poll, on_closed);
}
