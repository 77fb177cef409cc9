#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "deadline.h"
#include "dial.h"
#include "dns_answer.h"
#include "gate_internal.h"
#include "gate_order.h"
#include "peer.h"
#include "random.h"
#include "resolve.h"

enum {
	DNS_PORT = 53,
	TRY_MS = 2000,
	TRIES_MAX = 4, /* over all servers, in turn */
	LOOKUPS_MAX = 64,
	TTL_MAX_S = 60,
	MS_PER_S = 1000,
	LENGTH_BYTES = 2, /* in front of a message over TCP (RFC 1035 4.2.2) */
	MESSAGE_MAX_BYTES = UINT16_MAX,
	AT_ONCE = 16, /* datagrams before others are served */
	KINDS = 2,
};

static const uint16_t types[KINDS] = { ENC_DNS_A, ENC_DNS_AAAA };

struct enc_lookup;

/* A question for one type of record. */
struct question {
	struct enc_lookup *lookup;
	uint16_t type;
	uint16_t id;
	bool done;
	int r; /* as of enc_dns_answers() */
	struct enc_dns_result answers;
	uint8_t query[LENGTH_BYTES + ENC_DNS_QUERY_BYTES];
	size_t query_length; /* without the length in front */
	/* Over TCP: */
	struct enc_dial dial;
	struct enc_peer *stream;
	size_t sent;
	struct enc_buf in;
};

struct enc_lookup {
	struct enc_list link; /* in the order of their beginning */
	struct enc_resolver *resolver;
	char *name;
	struct enc_list waiting;
	struct question questions[KINDS];
	struct enc_want want;
	struct enc_peer *socket; /* UDP */
	struct enc_deadline deadline;
	unsigned int tries;
	bool complete;
	int r;
	int64_t expires_ms;
	struct enc_addresses addresses;
};

struct enc_resolver {
	struct enc_gate *gate;
	size_t server_count;
	uint8_t servers[ENC_GATE_SERVERS_MAX][16];
	bool complete; /* the next server begins a new list */
	struct enc_list lookups;
	size_t lookup_count;
	struct enc_deadlines tries;
};

static void try_once(struct enc_lookup *lookup);

/* close_try() - close the sockets of a try */
static void close_try(struct enc_lookup *lookup)
{
	enc_deadline_clear(&lookup->deadline);
	enc_supply_leave(&lookup->want);
	enc_peer_close(ENC_TAKE(lookup->socket), /* politely= */ true);
	for (int i = 0; i < KINDS; i++) {
		struct question *question = &lookup->questions[i];

		enc_dial_stop(&question->dial);
		enc_peer_close(ENC_TAKE(question->stream),
			       /* politely= */ true);
		enc_buf_done(&question->in);
	}
}

static void finish(struct enc_lookup *lookup, int r)
{
	close_try(lookup);
	while (!enc_list_empty(&lookup->waiting)) {
		struct enc_resolving *one =
			ENC_HOLDER(lookup->waiting.next, struct enc_resolving,
				   link);

		enc_list_remove(&one->link);
		one->lookup = NULL;
		one->done(one, &lookup->addresses, r);
	}
	/* Not before: a lookup that is complete may be forgotten. */
	lookup->complete = true;
	lookup->r = r;
}

static void try_again(struct enc_lookup *lookup, int r)
{
	close_try(lookup);
	if (++lookup->tries < TRIES_MAX) {
		try_once(lookup);
	} else {
		finish(lookup, r);
	}
}

static void add_addresses(struct enc_lookup *lookup,
			  const struct enc_dns_result *answers)
{
	struct enc_addresses *all = &lookup->addresses;

	for (size_t i = 0; i < answers->count; i++) {
		memcpy(all->addr[all->count++], answers->addresses[i],
		       sizeof(all->addr[0]));
	}
}

/*
 * conclude() - make the answer of both questions. A server that is silent about
 * one type of record is taken to have none. One whose answer is invalid isn't
 * believed in the other one either.
 */
static void conclude(struct enc_lookup *lookup)
{
	uint32_t ttl_s = TTL_MAX_S;
	int r = -ENODATA;

	for (int i = 0; i < KINDS; i++) {
		const struct question *question = &lookup->questions[i];

		if (!question->done) {
			continue;
		}
		if (question->r == -EPROTO || question->r == -EREMOTEIO) {
			try_again(lookup, -EPROTO);
			return;
		}
		if (question->r == 0) {
			ttl_s = ENC_MIN(ttl_s, question->answers.ttl_s);
		} else if (question->r == -ENOENT) {
			r = -ENOENT;
		}
	}
	for (int i = 0; i < KINDS; i++) {
		if (lookup->questions[i].done && lookup->questions[i].r == 0) {
			add_addresses(lookup, &lookup->questions[i].answers);
		}
	}
	lookup->expires_ms =
		enc_clock_mono_ms() + (int64_t)ENC_MAX(ttl_s, 1U) * MS_PER_S;
	finish(lookup, lookup->addresses.count > 0 ? 0 : r);
}

static void note_answer(struct question *question, int r)
{
	struct enc_lookup *lookup = question->lookup;

	question->done = true;
	question->r = r;
	for (int i = 0; i < KINDS; i++) {
		if (!lookup->questions[i].done) {
			return;
		}
	}
	conclude(lookup);
}

/* ---- over TCP, for an answer that was cut ---- */

/* read_stream() - read the answer; the question is done after a failure */
static void read_stream(struct question *question)
{
	uint8_t bytes[4096];
	ssize_t n =
		recv(question->stream->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	const uint8_t *at;
	int length;
	int r;

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return;
	}
	if (n <= 0 || enc_buf_append(&question->in, bytes, (size_t)n) < 0) {
		note_answer(question, -EREMOTEIO);
		return;
	}
	at = enc_buf_bytes(&question->in);
	length = enc_dns_framed(at, question->in.length);
	if (length < 0) {
		return;
	}
	r = enc_dns_answers(at + LENGTH_BYTES, (size_t)length, question->id,
			    question->lookup->name, question->type,
			    &question->answers);
	note_answer(question, r == -EBADMSG || r == -EMSGSIZE ? -EPROTO : r);
}

static void on_stream(struct enc_peer *peer, int events)
{
	struct question *question = peer->owner;

	if ((events & ENC_PEER_FAILED) != 0) {
		note_answer(question, -EREMOTEIO);
		return;
	}
	if (question->sent < LENGTH_BYTES + question->query_length) {
		ssize_t n = send(peer->fd, question->query + question->sent,
				 LENGTH_BYTES + question->query_length -
					 question->sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		question->sent += n > 0 ? (size_t)n : 0;
		if (question->sent == LENGTH_BYTES + question->query_length) {
			enc_peer_watch(peer, UV_READABLE);
		}
		return;
	}
	read_stream(question);
}

static void on_dialled(struct enc_dial *dial, struct enc_peer *peer, int r)
{
	struct question *question = ENC_HOLDER(dial, struct question, dial);

	if (r < 0) {
		note_answer(question, -EREMOTEIO);
		return;
	}
	question->stream = peer;
	question->sent = 0;
	question->in = ENC_BUF(LENGTH_BYTES + MESSAGE_MAX_BYTES);
	enc_peer_hand_over(peer, question, on_stream);
	enc_peer_watch(peer, UV_WRITABLE);
}

static const uint8_t *server_of(const struct enc_lookup *lookup)
{
	const struct enc_resolver *resolver = lookup->resolver;

	return resolver->servers[lookup->tries % resolver->server_count];
}

static void ask_by_stream(struct question *question)
{
	struct enc_lookup *lookup = question->lookup;

	if (question->dial.gate != NULL || question->stream != NULL) {
		return; /* the cut answer came twice */
	}
	enc_deadline_set(&lookup->resolver->tries, &lookup->deadline);
	enc_dial_begin(&question->dial, lookup->resolver->gate,
		       server_of(lookup), 1, DNS_PORT, on_dialled);
}

/* ---- over UDP ---- */

/*
 * take_datagram() - find the question that a datagram answers; other datagrams
 * are ignored. The lookup may be over then
 */
static void take_datagram(struct enc_lookup *lookup, const uint8_t *bytes,
			  size_t length)
{
	for (int i = 0; i < KINDS; i++) {
		struct question *question = &lookup->questions[i];
		int r = question->done
				? -EBADMSG
				: enc_dns_answers(bytes, length, question->id,
						  lookup->name, question->type,
						  &question->answers);

		if (r == -EMSGSIZE) {
			ask_by_stream(question);
		} else if (r != -EBADMSG) {
			note_answer(question, r);
		} else {
			continue;
		}
		return;
	}
}

static void on_datagram(struct enc_peer *peer, int events)
{
	struct enc_lookup *lookup = peer->owner;
	static uint8_t bytes[MESSAGE_MAX_BYTES];
	ssize_t n;

	if ((events & ENC_PEER_FAILED) != 0) {
		try_again(lookup,
			  -ECONNREFUSED); /* ICMP: nobody serves there */
		return;
	}
	for (int i = 0; i < AT_ONCE && lookup->socket == peer; i++) {
		n = recv(peer->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n < 0) {
			return;
		}
		take_datagram(lookup, bytes, (size_t)n);
	}
}

static int ask(const struct enc_lookup *lookup, const struct question *question)
{
	return send(lookup->socket->fd, question->query + LENGTH_BYTES,
		    question->query_length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0
		       ? -errno
		       : 0;
}

static void on_socket(struct enc_want *want, int fd)
{
	struct enc_lookup *lookup = ENC_HOLDER(want, struct enc_lookup, want);
	struct enc_gate *gate = lookup->resolver->gate;
	int r;

	if (fd < 0) {
		finish(lookup, fd);
		return;
	}
	lookup->socket = enc_peer_new(gate, fd, lookup, on_datagram);
	r = enc_dial_connect(gate, fd, server_of(lookup), DNS_PORT);
	for (int i = 0; r == 0 && i < KINDS; i++) {
		r = ask(lookup, &lookup->questions[i]);
	}
	if (r < 0) {
		try_again(lookup, r);
		return;
	}
	enc_peer_watch(lookup->socket, UV_READABLE);
}

static void try_once(struct enc_lookup *lookup)
{
	struct enc_resolver *resolver = lookup->resolver;

	if (resolver->server_count == 0) {
		finish(lookup, -ENETUNREACH);
		return;
	}
	lookup->addresses.count = 0;
	for (int i = 0; i < KINDS; i++) {
		struct question *question = &lookup->questions[i];
		int length;

		*question =
			(struct question){ .lookup = lookup, .type = types[i] };
		enc_random_bytes(&question->id, sizeof(question->id));
		length = enc_dns_query(question->id, lookup->name,
				       question->type,
				       question->query + LENGTH_BYTES);
		if (length < 0) {
			finish(lookup, -ENOENT);
			return;
		}
		question->query_length = (size_t)length;
		question->query[0] = (uint8_t)(length >> 8);
		question->query[1] = (uint8_t)length;
	}
	enc_deadline_set(&resolver->tries, &lookup->deadline);
	enc_supply_take(resolver->gate->supply, IPPROTO_UDP, &lookup->want,
			on_socket);
}

static void on_late(struct enc_deadlines *deadlines,
		    struct enc_deadline *deadline)
{
	struct enc_lookup *lookup =
		ENC_HOLDER(deadline, struct enc_lookup, deadline);

	(void)deadlines;
	for (int i = 0; i < KINDS; i++) {
		if (lookup->questions[i].done && lookup->questions[i].r == 0) {
			conclude(lookup);
			return;
		}
	}
	try_again(lookup, -ETIMEDOUT);
}

/* ---- lookups ---- */

static void forget(struct enc_lookup *lookup)
{
	enc_list_remove(&lookup->link);
	lookup->resolver->lookup_count--;
	free(lookup->name);
	free(lookup);
}

/*
 * find() - find a lookup that is under way or whose answer still counts;
 * forgets others
 */
static struct enc_lookup *find(struct enc_resolver *resolver, const char *name)
{
	int64_t now_ms = enc_clock_mono_ms();
	struct enc_lookup *found = NULL;

	ENC_LIST_EACH(resolver->lookups, at)
	{
		struct enc_lookup *lookup =
			ENC_HOLDER(at, struct enc_lookup, link);

		if (lookup->complete &&
		    (lookup->r < 0 || lookup->expires_ms <= now_ms)) {
			if (enc_list_empty(&lookup->waiting)) {
				forget(lookup);
			}
		} else if (strcmp(lookup->name, name) == 0) {
			found = lookup;
		}
	}
	return found;
}

/* make_room() - forget the oldest answer. Return: whether there is room */
static bool make_room(struct enc_resolver *resolver)
{
	ENC_LIST_EACH(resolver->lookups, at)
	{
		struct enc_lookup *lookup =
			ENC_HOLDER(at, struct enc_lookup, link);

		if (resolver->lookup_count < LOOKUPS_MAX) {
			break;
		}
		if (lookup->complete && enc_list_empty(&lookup->waiting)) {
			forget(lookup);
		}
	}
	return resolver->lookup_count < LOOKUPS_MAX;
}

void enc_resolve(struct enc_resolver *resolver, const char *name,
		 struct enc_resolving *resolving, enc_resolved_fn *done)
{
	static const struct enc_addresses none;
	struct enc_lookup *lookup = find(resolver, name);

	resolving->done = done;
	resolving->lookup = NULL;
	enc_list_init(&resolving->link);
	if (lookup != NULL && lookup->complete) {
		done(resolving, &lookup->addresses, 0);
		return;
	}
	if (lookup != NULL) {
		resolving->lookup = lookup;
		enc_list_append(&lookup->waiting, &resolving->link);
		return;
	}
	if (!make_room(resolver)) {
		done(resolving, &none, -EBUSY);
		return;
	}
	lookup = enc_xalloc(sizeof(*lookup));
	lookup->resolver = resolver;
	lookup->name = enc_xstrdup(name);
	enc_list_init(&lookup->waiting);
	enc_deadline_init(&lookup->deadline);
	enc_list_append(&resolver->lookups, &lookup->link);
	resolver->lookup_count++;
	resolving->lookup = lookup;
	enc_list_append(&lookup->waiting, &resolving->link);
	try_once(lookup);
}

void enc_resolve_stop(struct enc_resolving *resolving)
{
	struct enc_lookup *lookup = resolving->lookup;

	if (lookup == NULL) {
		return;
	}
	resolving->lookup = NULL;
	enc_list_remove(&resolving->link);
	if (!lookup->complete && enc_list_empty(&lookup->waiting)) {
		finish(lookup, -ECANCELED);
	}
}

bool enc_resolver_has(const struct enc_resolver *resolver,
		      const uint8_t addr[16])
{
	for (size_t i = 0; i < resolver->server_count; i++) {
		if (memcmp(resolver->servers[i], addr,
			   sizeof(resolver->servers[i])) == 0) {
			return true;
		}
	}
	return false;
}

void enc_resolver_server(struct enc_resolver *resolver, const uint8_t addr[16],
			 uint64_t left)
{
	if (resolver->complete) {
		resolver->server_count = 0;
	}
	if (resolver->server_count < ENC_GATE_SERVERS_MAX) {
		memcpy(resolver->servers[resolver->server_count++], addr,
		       sizeof(resolver->servers[0]));
	}
	resolver->complete = left == 0;
}

struct enc_resolver *enc_resolver_new(struct enc_gate *gate)
{
	struct enc_resolver *resolver = enc_xalloc(sizeof(*resolver));

	resolver->gate = gate;
	enc_list_init(&resolver->lookups);
	enc_deadlines_init(&resolver->tries, &gate->loop, TRY_MS, on_late,
			   NULL);
	return resolver;
}
