#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "fd.h"
#include "gate_order.h"
#include "ipc.h"
#include "supply.h"

enum {
	READY_MAX = 2, /* TCP sockets that wait to be used */
	/* With more the launcher is slow, or the gate asks too often. */
	ASKED_MAX = 256,
};

struct line {
	struct enc_list wants; /* who waits, the first first */
	size_t asked;	       /* requests without an answer */
	int ready[READY_MAX];
	size_t ready_count;
};

struct enc_supply {
	struct line tcp;
	struct line udp;
	bool ipv4_only;
};

struct enc_supply *enc_supply_new(void)
{
	struct enc_supply *supply = enc_xalloc(sizeof(*supply));

	enc_list_init(&supply->tcp.wants);
	enc_list_init(&supply->udp.wants);
	return supply;
}

static int ask(struct line *line, int protocol)
{
	const struct enc_gate_order order = { .opcode = ENC_GATE_SOCKET,
					      .protocol = (uint8_t)protocol };
	int r = line->asked == ASKED_MAX
			? -EMFILE
			: enc_ipc_send(ENC_GATE_FD_ORDERS, &order,
				       sizeof(order), -1);

	line->asked += r == 0 ? 1 : 0;
	return r;
}

void enc_supply_open(struct enc_supply *supply)
{
	for (int i = 0; i < READY_MAX; i++) {
		/* Without one that waits, a connection asks for its own. */
		ENC_IGNORE(ask(&supply->tcp, IPPROTO_TCP));
	}
}

void enc_supply_take(struct enc_supply *supply, int protocol,
		     struct enc_want *want, enc_want_fn *got)
{
	struct line *line =
		protocol == IPPROTO_TCP ? &supply->tcp : &supply->udp;
	int r = ask(line, protocol);

	want->got = got;
	enc_list_init(&want->link);
	if (line->ready_count > 0) {
		got(want, line->ready[--line->ready_count]);
	} else if (r < 0) {
		got(want, r);
	} else {
		enc_list_append(&line->wants, &want->link);
	}
}

void enc_supply_leave(struct enc_want *want)
{
	if (want->got != NULL) {
		enc_list_remove(&want->link);
	}
}

void enc_supply_got(struct enc_supply *supply,
		    const struct enc_gate_order *order, int fd)
{
	bool tcp = order->protocol == IPPROTO_TCP;
	struct line *line = tcp ? &supply->tcp : &supply->udp;

	line->asked -= line->asked > 0 ? 1 : 0;
	if (fd >= 0) {
		supply->ipv4_only = order->count == AF_INET;
	}
	if (!enc_list_empty(&line->wants)) {
		struct enc_want *want =
			ENC_HOLDER(line->wants.next, struct enc_want, link);

		enc_list_remove(&want->link);
		want->got(want, fd >= 0		   ? fd
				: order->count > 0 ? -(int)order->count
						   : -EIO);
	} else if (fd >= 0 && tcp && line->ready_count < READY_MAX) {
		line->ready[line->ready_count++] = fd;
	} else {
		enc_fd_close(&fd);
	}
}

bool enc_supply_ipv4_only(const struct enc_supply *supply)
{
	return supply->ipv4_only;
}
