#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "clock.h"
#include "egress.h"
#include "fd.h"
#include "gate_order.h"
#include "internal_networks.h"
#include "ipc.h"
#include "log.h"
#include "name_servers.h"
#include "net_host.h"
#include "outward.h"

enum {
	REQUESTS_AT_ONCE = 64,
	/*
	 * Sockets that a gate gets in a second, and at once. Each connection
	 * that it closes first keeps a port of the machine for a minute.
	 */
	PER_SECOND = 100,
	AT_ONCE = 1000,
	MS_PER_S = 1000,
	/*
	 * Buffers of a socket, of which the kernel uses twice as much. They
	 * belong to no session's group, so they are limited here.
	 */
	RECEIVE_BYTES = 512 << 10,
	SEND_BYTES = 128 << 10,
	/*
	 * Memory of answers that a gate hasn't read, as the kernel counts it. An
	 * honest gate never has half of that: it waits for few (gate/supply.c).
	 */
	UNREAD_BYTES_MAX = 1 << 20,
};

struct enc_outward {
	struct enc_net_host *table; /* NULL: it can't be made */
	struct enc_internal_networks internal;
	struct enc_name_servers servers;
	struct enc_name_servers former; /* gates may be asking them still */
	unsigned int change;		/* how often the servers have changed */
	bool behind;			/* the table has former servers */
	bool unreadable;		/* the table couldn't be read */
	bool ipv6;			/* the kernel has AF_INET6 */
};

/* ---- opening ---- */

/* has_ipv6() - whether the kernel makes IPv6 sockets (ipv6.disable=1: no) */
static bool has_ipv6(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has = fd >= 0;

	enc_fd_close(&fd);
	return has;
}

static void make_table(struct enc_outward *outward,
		       const struct enc_slots *slots)
{
	struct enc_network denied[ENC_EGRESS_DENY_TABLE_MAX];
	char name[32];
	struct enc_net_host_plan plan = {
		.name = name,
		.denied = denied,
		.denied_count =
			enc_egress_deny_table(denied, ENC_COUNT(denied)),
		.internal = outward->internal.network,
		.internal_count = outward->internal.count,
		.servers = (const uint8_t(*)[16])outward->servers.addr,
		.server_count = outward->servers.count,
	};
	const char *step = "";
	int r;

	(void)snprintf(name, sizeof(name), "%u", slots->block);
	enc_slots_uids(slots, &plan.first, &plan.last);
	r = enc_net_host_new(&plan, &outward->table, &step);
	if (r < 0) {
		enc_log(ENC_LOG_WARNING, NULL,
			"no session can have an allowlist: %s: %s", step,
			strerror(-r));
		outward->table = NULL;
	}
}

enum enc_code enc_outward_open(const struct enc_slots *slots,
			       const char *internal,
			       struct enc_outward **ret_outward,
			       struct enc_error *err)
{
	struct enc_outward *outward = enc_xalloc(sizeof(*outward));
	enum enc_code code =
		enc_internal_networks_read(internal, &outward->internal, err);

	if (code != ENC_OK) {
		free(outward);
		return code;
	}
	outward->ipv6 = has_ipv6();
	ENC_IGNORE(enc_name_servers_read(&outward->servers));
	make_table(outward, slots);
	*ret_outward = outward;
	return ENC_OK;
}

void enc_outward_free(struct enc_outward *outward)
{
	if (outward != NULL) {
		enc_net_host_free(outward->table);
		free(outward);
	}
}

bool enc_outward_works(const struct enc_outward *outward)
{
	return outward != NULL && outward->table != NULL;
}

/* ---- orders ---- */

static int tell_servers(const struct enc_outward *outward, int orders)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < outward->servers.count; i++) {
		struct enc_gate_order order = {
			.opcode = ENC_GATE_SERVER,
			.count = outward->servers.count - i - 1,
		};

		memcpy(order.addr, outward->servers.addr[i],
		       sizeof(order.addr));
		r = enc_ipc_send(orders, &order, sizeof(order), -1);
	}
	return r;
}

static size_t append(uint8_t (*all)[16], size_t count,
		     const struct enc_name_servers *some)
{
	memcpy(all[count], some->addr, some->count * sizeof(some->addr[0]));
	return count + some->count;
}

/* allow_servers() - exempt the servers, and those before, in the table */
static int allow_servers(struct enc_outward *outward)
{
	uint8_t all[2 * ENC_NAME_SERVERS_MAX][16];
	size_t count = append(all, 0, &outward->servers);

	count = append(all, count, &outward->former);
	return enc_net_host_servers(outward->table, (const uint8_t(*)[16])all,
				    count);
}

/*
 * follow_servers() - read resolv.conf again if it has changed. A gate hears of
 * it with its next request for a socket; until then it may ask the servers that
 * it knows. If the kernel's table can't follow, the next request tries again.
 */
static void follow_servers(struct enc_outward *outward)
{
	struct enc_name_servers now = outward->servers;
	struct enc_name_servers former = outward->former;
	struct enc_name_servers before = outward->servers;
	int r;

	if (enc_name_servers_read(&now) <= 0) {
		return; /* those that are known stay */
	}
	outward->former = before;
	outward->servers = now;
	r = allow_servers(outward);
	if (r < 0) {
		outward->servers = before;
		outward->former = former;
		if (!outward->behind) {
			enc_log(ENC_LOG_ERROR, NULL,
				"the table of gates can't follow "
				"/etc/resolv.conf: %s",
				strerror(-r));
		}
	} else {
		outward->change++;
	}
	outward->behind = r < 0;
}

/* tell_change() - tell a gate the servers, unless it knows them */
static int tell_change(const struct enc_outward *outward, int orders,
		       struct enc_outward_rate *rate)
{
	int r;

	if (rate->told == outward->change) {
		return 0;
	}
	r = tell_servers(outward, orders);
	rate->told = outward->change;
	return r;
}

int enc_outward_tell_internal(const struct enc_outward *outward, int orders)
{
	size_t count = outward == NULL ? 0 : outward->internal.count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct enc_network *network =
			&outward->internal.network[i];
		struct enc_gate_order order = {
			.opcode = ENC_GATE_INTERNAL,
			.count = network->bits,
		};

		memcpy(order.addr, network->addr, sizeof(order.addr));
		r = enc_ipc_send(orders, &order, sizeof(order), -1);
	}
	return r;
}

int enc_outward_greet(struct enc_outward *outward, int orders,
		      struct enc_outward_rate *rate)
{
	follow_servers(outward);
	rate->told = outward->change;
	return tell_servers(outward, orders);
}

/* ---- sockets ---- */

bool enc_outward_may_have(struct enc_outward_rate *rate, int64_t now_ms)
{
	rate->credit =
		ENC_MIN((int64_t)AT_ONCE * MS_PER_S,
			rate->credit + (now_ms - rate->at_ms) * PER_SECOND);
	rate->at_ms = now_ms;
	if (rate->credit < MS_PER_S) {
		return false;
	}
	rate->credit -= MS_PER_S;
	return true;
}

/*
 * become() - change the uid that new sockets belong to. setfsuid(2) doesn't
 * report a failure, and a socket of root's would pass the kernel's table.
 */
static int become(uid_t uid)
{
	(void)setfsuid(uid);
	return (uid_t)setfsuid(uid) == uid ? 0 : -EPERM;
}

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno
									: 0;
}

static int set_options(const struct enc_outward *outward, int fd, bool tcp)
{
	/*
	 * A gate that dies takes its connections with it: nothing that the
	 * kernel still has goes out. The gate takes this back where all was
	 * said.
	 */
	static const struct linger now = { .l_onoff = 1, .l_linger = 0 };
	int r = outward->ipv6 ? set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) : 0;

	if (r == 0 && tcp &&
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) < 0) {
		r = -errno;
	}
	if (r == 0 && tcp) {
		r = set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	}
	if (r == 0 && tcp) {
		r = set(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BYTES);
	}
	if (r == 0 && tcp) {
		r = set(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BYTES);
	}
	return r;
}

/* make() - make a socket that the kernel takes for the gate's */
static int make(const struct enc_outward *outward, uid_t uid, bool tcp)
{
	int type =
		(tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
	int fd = -1;
	int r = become(uid);

	if (r == 0) {
		fd = socket(outward->ipv6 ? AF_INET6 : AF_INET, type, 0);
		r = fd < 0 ? -errno : 0;
	}
	ENC_MUST(become(0));
	if (r == 0) {
		r = set_options(outward, fd, tcp);
	}
	if (r < 0) {
		enc_fd_close(&fd);
		return r;
	}
	return fd;
}

/* reads() - whether a gate reads its answers; nobody pays for their memory */
static bool reads(int orders)
{
	int unread = 0;

	return ioctl(orders, SIOCOUTQ, &unread) == 0 &&
	       unread <= UNREAD_BYTES_MAX;
}

static int answer(struct enc_outward *outward, int orders, uid_t uid,
		  struct enc_outward_rate *rate, uint8_t protocol)
{
	struct enc_gate_order order = { .opcode = ENC_GATE_SOCKET,
					.protocol = protocol };
	bool tcp = protocol == IPPROTO_TCP;
	int fd = -EMFILE;
	int r;

	follow_servers(outward);
	r = reads(orders) ? tell_change(outward, orders, rate) : -ENOBUFS;
	if (r < 0) {
		return r;
	}
	if (enc_outward_may_have(rate, enc_clock_mono_ms())) {
		fd = make(outward, uid, tcp);
	}
	order.count = fd < 0	      ? (uint64_t)-fd
		      : outward->ipv6 ? AF_INET6
				      : AF_INET;
	r = enc_ipc_send(orders, &order, sizeof(order), fd < 0 ? -1 : fd);
	if (fd >= 0) {
		enc_fd_close(&fd);
	}
	return r;
}

int enc_outward_serve(struct enc_outward *outward, int orders, uid_t uid,
		      struct enc_outward_rate *rate)
{
	for (int i = 0; i < REQUESTS_AT_ONCE; i++) {
		struct enc_gate_order order;
		enc_autoclose int fd = -1;
		int r = enc_ipc_receive(orders, &order, sizeof(order), &fd);

		if (r == -EAGAIN) {
			return 0;
		}
		if (r != sizeof(order) || fd >= 0 ||
		    order.opcode != ENC_GATE_SOCKET ||
		    (order.protocol != IPPROTO_TCP &&
		     order.protocol != IPPROTO_UDP)) {
			return r < 0 && r != -EMSGSIZE ? r : -EPROTO;
		}
		r = answer(outward, orders, uid, rate, order.protocol);
		if (r < 0) {
			return r;
		}
	}
	return 0;
}

/* ---- the kernel's refusals ---- */

struct search {
	uid_t uid;
	uint64_t count;
};

static void match(void *context, uid_t uid, uint64_t count)
{
	struct search *search = context;

	search->count += uid == search->uid ? count : 0;
}

uint64_t enc_outward_refused(struct enc_outward *outward, uid_t uid)
{
	struct search search = { .uid = uid };
	int r = enc_net_host_refused(outward->table, match, &search);

	/* Each session reads it every 100 ms: one line is enough. */
	if (r < 0 && !outward->unreadable) {
		enc_log(ENC_LOG_ERROR, NULL, "reading the table of gates: %s",
			strerror(-r));
	}
	outward->unreadable = r < 0;
	return search.count;
}

void enc_outward_forget(struct enc_outward *outward, uid_t uid)
{
	int r = enc_net_host_forget(outward->table, uid);

	if (r < 0 && r != -ENOENT) {
		enc_log(ENC_LOG_ERROR, NULL, "clearing the table of gates: %s",
			strerror(-r));
	}
}
