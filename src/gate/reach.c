#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "gate_internal.h"
#include "held.h"
#include "host_name.h"
#include "reach.h"
#include "sending.h"
#include "tls.h"

enum {
	HANDSHAKE_MS = 10000,
	HANDSHAKE_READ_BYTES = 32 * 1024,
	OUT_MAX_BYTES = 64 * 1024,
	AGAIN_MS = 100, /* until there may be a socket */
	WAITS_MAX = 100,
};

static void clean(struct enc_reach *reach)
{
	enc_resolve_stop(&reach->resolving);
	enc_await_stop(&reach->await);
	enc_dial_stop(&reach->dial);
	enc_deadline_clear(&reach->deadline);
	enc_peer_close(ENC_TAKE(reach->peer), /* politely= */ false);
	enc_tls_free(ENC_TAKE(reach->tls));
	enc_buf_done(&reach->out);
	free(ENC_TAKE(reach->addresses));
	enc_held_unref(ENC_TAKE(reach->held));
}

void enc_reach_stop(struct enc_reach *reach)
{
	if (reach->held != NULL) {
		clean(reach);
	}
}

static void finish(struct enc_reach *reach, struct enc_upstream_link *link,
		   int r)
{
	clean(reach);
	reach->done(reach, link, r);
}

static void copy_host(const struct enc_held *held,
		      char ret_host[ENC_HOST_NAME_BYTES])
{
	(void)snprintf(ret_host, ENC_HOST_NAME_BYTES, "%.*s",
		       (int)held->binding.host.length,
		       held->binding.host.bytes);
}

/* attempt_at() - describe an attempt to reach an address of the upstream */
static struct enc_attempt attempt_at(const struct enc_held *held,
				     const uint8_t addr[16],
				     char ret_host[ENC_HOST_NAME_BYTES])
{
	struct enc_attempt attempt = { .via = ENC_VIA_CONNECT,
				       .own = true,
				       .protocol = IPPROTO_TCP,
				       .port = held->binding.port,
				       .host = ret_host };

	copy_host(held, ret_host);
	memcpy(attempt.addr, addr, sizeof(attempt.addr));
	return attempt;
}

/*
 * refuse_denied() - refuse an upstream if the deny table has one of its
 * addresses.
 * Return: whether it is refused
 */
static bool refuse_denied(struct enc_reach *reach)
{
	const struct enc_held *held = reach->held;
	const struct enc_addresses *all = reach->addresses;
	char host[ENC_HOST_NAME_BYTES];

	for (size_t i = 0; i < all->count; i++) {
		const char *rule = enc_gate_denied(held->gate, all->addr[i],
						   held->binding.port);

		if (rule != NULL) {
			struct enc_attempt attempt =
				attempt_at(held, all->addr[i], host);

			enc_gate_refuse(held->gate, &attempt, rule);
			return true;
		}
	}
	return false;
}

/* ---- TLS ---- */

/* shake() - go on with the handshake, given the next bytes */
static void shake(struct enc_reach *reach, const uint8_t *bytes, size_t length)
{
	int done = enc_tls_handshake(reach->tls, bytes, length, &reach->out);
	int r = enc_sending_rest(reach->peer->fd, &reach->out);

	if (done < 0 || r < 0) {
		finish(reach, NULL, -EKEYREJECTED);
		return;
	}
	if (done == 0 || reach->out.length > 0) {
		enc_peer_watch(reach->peer, UV_READABLE | (reach->out.length > 0
								   ? UV_WRITABLE
								   : 0));
		return;
	}
	finish(reach,
	       enc_upstream_link_new(reach->held, ENC_TAKE(reach->peer),
				     ENC_TAKE(reach->tls)),
	       0);
}

static void on_peer(struct enc_peer *peer, int events)
{
	static uint8_t bytes[HANDSHAKE_READ_BYTES];
	struct enc_reach *reach = peer->owner;
	ssize_t n = recv(peer->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR) &&
		      (events & ENC_PEER_FAILED) == 0)) {
		shake(reach, bytes, (size_t)ENC_MAX(n, 0));
	} else {
		finish(reach, NULL, -EKEYREJECTED);
	}
}

static void on_late(struct enc_deadlines *deadlines,
		    struct enc_deadline *deadline)
{
	(void)deadlines;
	finish(ENC_HOLDER(deadline, struct enc_reach, deadline), NULL,
	       -ETIMEDOUT);
}

/* begin_handshake() - speak TLS over a connection, which is taken */
static void begin_handshake(struct enc_reach *reach, struct enc_peer *peer)
{
	const struct enc_held *held = reach->held;
	struct enc_tls_context *context = enc_gate_tls(held->gate);
	char host[ENC_HOST_NAME_BYTES];

	copy_host(held, host);
	reach->peer = peer;
	enc_peer_hand_over(peer, reach, on_peer);
	reach->tls = context == NULL ? NULL : enc_tls_new(context, host);
	if (reach->tls == NULL) {
		finish(reach, NULL, -EKEYREJECTED);
		return;
	}
	enc_deadline_set(&held->gate->upstream_links->handshakes,
			 &reach->deadline);
	shake(reach, NULL, 0);
}

/* ---- addresses ---- */

static void on_dialled(struct enc_dial *dial, struct enc_peer *peer, int r);

/* dial() - connect to the address that is next, and is on record */
static void dial(struct enc_reach *reach)
{
	enc_dial_begin(&reach->dial, reach->held->gate,
		       reach->addresses->addr[reach->next], 1,
		       reach->held->binding.port, on_dialled);
}

static void on_recorded(struct enc_await *await, int r)
{
	struct enc_reach *reach = ENC_HOLDER(await, struct enc_reach, await);

	if (r < 0) {
		finish(reach, NULL, -ESTALE);
		return;
	}
	dial(reach);
}

static void on_again(struct enc_deadlines *deadlines,
		     struct enc_deadline *deadline)
{
	(void)deadlines;
	dial(ENC_HOLDER(deadline, struct enc_reach, deadline));
}

void enc_reach_deadlines(struct enc_upstream_links *links,
			 struct enc_gate *gate)
{
	enc_deadlines_init(&links->handshakes, &gate->loop, HANDSHAKE_MS,
			   on_late, NULL);
	enc_deadlines_init(&links->again, &gate->loop, AGAIN_MS, on_again,
			   NULL);
}

/* try_address() - note the next address, and dial it once that is on record */
static void try_address(struct enc_reach *reach)
{
	const struct enc_held *held = reach->held;
	struct enc_gate *gate = held->gate;
	const struct enc_decision allowed = { ENC_VERDICT_ALLOW, held->rule };
	char host[ENC_HOST_NAME_BYTES];
	const struct enc_attempt attempt =
		attempt_at(held, reach->addresses->addr[reach->next], host);
	uint64_t report;

	if (enc_gate_note(gate, &attempt, &allowed, &report) < 0) {
		enc_gate_refuse(gate, &attempt, "destinations-limit");
		finish(reach, NULL, -ESTALE);
		return;
	}
	enc_await_begin(gate->awaits, &reach->await, report, on_recorded);
}

static void on_dialled(struct enc_dial *dial, struct enc_peer *peer, int r)
{
	struct enc_reach *reach = ENC_HOLDER(dial, struct enc_reach, dial);

	if (r == 0 && reach->held->binding.tls) {
		begin_handshake(reach, peer);
	} else if (r == 0) {
		finish(reach, enc_upstream_link_new(reach->held, peer, NULL),
		       0);
	} else if (r == -EMFILE && reach->waits < WAITS_MAX) {
		reach->waits++;
		enc_deadline_set(&reach->held->gate->upstream_links->again,
				 &reach->deadline);
	} else if (r == -EMFILE) {
		finish(reach, NULL, -ETIMEDOUT);
	} else if (reach->next + 1 < reach->addresses->count) {
		reach->next++;
		try_address(reach);
	} else {
		finish(reach, NULL, r);
	}
}

static void on_resolved(struct enc_resolving *resolving,
			const struct enc_addresses *addresses, int r)
{
	struct enc_reach *reach =
		ENC_HOLDER(resolving, struct enc_reach, resolving);

	if (r < 0) {
		finish(reach, NULL, r);
		return;
	}
	reach->addresses = enc_xalloc(sizeof(*reach->addresses));
	*reach->addresses = *addresses;
	if (refuse_denied(reach)) {
		finish(reach, NULL, -EACCES);
	} else {
		try_address(reach);
	}
}

/* read_address() - read a host that is an address. Return: whether it is one */
static bool read_address(const char *host, struct enc_addresses *ret_addresses)
{
	struct in_addr v4;

	ret_addresses->count = 1;
	if (inet_pton(AF_INET, host, &v4) == 1) {
		enc_address_map(&v4, ret_addresses->addr[0]);
		return true;
	}
	return inet_pton(AF_INET6, host, ret_addresses->addr[0]) == 1;
}

void enc_reach_begin(struct enc_reach *reach, struct enc_held *held,
		     enc_reach_fn *done)
{
	static struct enc_addresses literal; /* static since it is large */
	char host[ENC_HOST_NAME_BYTES];

	ENC_ASSERT(reach->held == NULL);
	*reach = (struct enc_reach){ .held = enc_held_ref(held),
				     .out = ENC_BUF(OUT_MAX_BYTES),
				     .done = done };
	enc_deadline_init(&reach->deadline);
	copy_host(held, host);
	if (read_address(host, &literal)) {
		on_resolved(&reach->resolving, &literal, 0);
	} else {
		enc_resolve(held->gate->resolver, host, &reach->resolving,
			    on_resolved);
	}
}
