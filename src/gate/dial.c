#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "address.h"
#include "dial.h"
#include "gate_internal.h"
#include "peer.h"

enum { DIAL_MS = 5000 };

static void try_next(struct enc_dial *dial);

int enc_dial_connect(const struct enc_gate *gate, int fd,
		     const uint8_t addr[16], uint16_t port)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	const struct sockaddr *to = (const struct sockaddr *)&v6;
	socklen_t length = sizeof(v6);

	memcpy(&v6.sin6_addr, addr, sizeof(v6.sin6_addr));
	if (enc_supply_ipv4_only(gate->supply)) {
		const uint8_t *bytes = enc_address_v4(addr);

		if (bytes == NULL) {
			return -EAFNOSUPPORT;
		}
		memcpy(&v4.sin_addr, bytes, sizeof(v4.sin_addr));
		to = (const struct sockaddr *)&v4;
		length = sizeof(v4);
	}
	return connect(fd, to, length) < 0 ? -errno : 0;
}

static void finish(struct enc_dial *dial, struct enc_peer *peer, int r)
{
	enc_deadline_clear(&dial->deadline);
	dial->gate = NULL;
	dial->done(dial, peer, r);
}

/* fail_one() - try the next address, if there is one */
static void fail_one(struct enc_dial *dial, int r)
{
	enc_deadline_clear(&dial->deadline);
	enc_peer_close(ENC_TAKE(dial->peer), /* politely= */ false);
	dial->failure = r;
	dial->next++;
	try_next(dial);
}

static void on_connected(struct enc_peer *peer, int events)
{
	struct enc_dial *dial = peer->owner;
	int error = 0;
	socklen_t length = sizeof(error);

	(void)events;
	if (getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) {
		error = errno;
	}
	if (error != 0) {
		fail_one(dial, -error);
		return;
	}
	enc_peer_watch(peer, 0);
	finish(dial, ENC_TAKE(dial->peer), 0);
}

static void on_socket(struct enc_want *want, int fd)
{
	struct enc_dial *dial = ENC_HOLDER(want, struct enc_dial, want);
	int r;

	if (fd < 0) {
		finish(dial, NULL, fd);
		return;
	}
	dial->peer = enc_peer_new(dial->gate, fd, dial, on_connected);
	r = enc_dial_connect(dial->gate, fd,
			     dial->addrs + dial->next * ENC_ADDRESS_BYTES,
			     dial->port);
	if (r == 0 || r == -EINPROGRESS) {
		enc_deadline_set(dial->gate->dialling, &dial->deadline);
		enc_peer_watch(dial->peer, UV_WRITABLE);
	} else {
		fail_one(dial, r);
	}
}

static void try_next(struct enc_dial *dial)
{
	if (dial->next == dial->count) {
		finish(dial, NULL, dial->failure);
		return;
	}
	enc_supply_take(dial->gate->supply, IPPROTO_TCP, &dial->want,
			on_socket);
}

static void on_late(struct enc_deadlines *deadlines,
		    struct enc_deadline *deadline)
{
	(void)deadlines;
	fail_one(ENC_HOLDER(deadline, struct enc_dial, deadline), -ETIMEDOUT);
}

struct enc_deadlines *enc_dialling_new(struct enc_gate *gate)
{
	struct enc_deadlines *dialling = enc_xalloc(sizeof(*dialling));

	enc_deadlines_init(dialling, &gate->loop, DIAL_MS, on_late, NULL);
	return dialling;
}

void enc_dial_begin(struct enc_dial *dial, struct enc_gate *gate,
		    const uint8_t *addrs, size_t count, uint16_t port,
		    enc_dial_fn *done)
{
	ENC_ASSERT(dial->gate == NULL && count > 0);
	*dial = (struct enc_dial){ .gate = gate,
				   .addrs = addrs,
				   .count = count,
				   .port = port,
				   .done = done };
	enc_deadline_init(&dial->deadline);
	try_next(dial);
}

void enc_dial_stop(struct enc_dial *dial)
{
	if (dial->gate == NULL) {
		return;
	}
	enc_supply_leave(&dial->want);
	enc_deadline_clear(&dial->deadline);
	enc_peer_close(ENC_TAKE(dial->peer), /* politely= */ false);
	dial->gate = NULL;
}
