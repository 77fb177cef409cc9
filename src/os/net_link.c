/*
 * Links, addresses, neighbours and routes, by rtnetlink. Messages are sent as a
 * batch from one buffer. Each is acknowledged, so a failure can be named.
 *
 * Each end has one neighbour, the other end, and its address has no prefix.
 * With a prefix the kernel would use ARP or neighbour discovery for further
 * addresses, and an attempt to reach one of these would not be counted.
 */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "clock.h"
#include "net_internal.h"

enum {
	BATCH_BYTES = 8192,
	STEPS_MAX = 16,
	OPERSTATE_UP = 6,  /* IF_OPER_UP; linux/if.h and net/if.h conflict */
	CARRIER_MS = 5000, /* timeout for the carrier; microseconds are usual */
};

const struct enc_net_end enc_net_session_end = {
	.link = "eth0",
	.mac = { 0x02, 0, 0, 0, 0, 0x02 },
	.v4 = { 198, 18, 0, 2 },
	.v6 = { 0xfd, 0x6e, 0x63, 0x6c, 0x61, 0x76, [15] = 2 },
};

const struct enc_net_end enc_net_gate_end = {
	.link = "gate0",
	.mac = { 0x02, 0, 0, 0, 0, 0x01 },
	.v4 = { 198, 18, 0, 1 },
	.v6 = { 0xfd, 0x6e, 0x63, 0x6c, 0x61, 0x76, [15] = 1 },
};

struct batch {
	char bytes[BATCH_BYTES];
	size_t length;
	unsigned int count;
	const char *steps[STEPS_MAX];
};

/* begin() - begin the next message of a batch; end() completes it */
static struct nlmsghdr *begin(struct batch *batch, uint16_t type,
			      uint16_t flags, const char *step)
{
	struct nlmsghdr *header =
		mnl_nlmsg_put_header(batch->bytes + batch->length);

	ENC_ASSERT(batch->count < STEPS_MAX);
	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	header->nlmsg_seq = batch->count;
	batch->steps[batch->count++] = step;
	return header;
}

static void end(struct batch *batch, const struct nlmsghdr *header)
{
	batch->length += MNL_ALIGN(header->nlmsg_len);
	ENC_ASSERT(batch->length < BATCH_BYTES / 2);
}

/*
 * take_answers() - read one acknowledgement per message
 *
 * Return: 0, or the first error, with @step set to the step that failed
 */
static int take_answers(struct mnl_socket *netlink, const struct batch *batch,
			const char **step)
{
	char answer[BATCH_BYTES];

	for (unsigned int left = batch->count; left > 0;) {
		ssize_t got =
			mnl_socket_recvfrom(netlink, answer, sizeof(answer));
		int rest = (int)got;

		if (got < 0) {
			return -errno;
		}
		for (const struct nlmsghdr *at = (const void *)answer;
		     mnl_nlmsg_ok(at, rest); at = mnl_nlmsg_next(at, &rest)) {
			const struct nlmsgerr *told = mnl_nlmsg_get_payload(at);

			if (at->nlmsg_type != NLMSG_ERROR) {
				continue;
			}
			if (told->error < 0) {
				*step = batch->steps[at->nlmsg_seq];
				return told->error;
			}
			left--;
		}
	}
	return 0;
}

static int send_batch(const struct batch *batch, const char **step)
{
	struct mnl_socket *netlink =
		mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int r = 0;

	*step = "rtnetlink";
	if (netlink == NULL) {
		return -errno;
	}
	if (mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(netlink, batch->bytes, batch->length) < 0) {
		r = -errno;
	}
	if (r == 0) {
		r = take_answers(netlink, batch, step);
	}
	(void)mnl_socket_close(netlink);
	return r;
}

/* put_link() - begin a message about link @index; @up: bring it up */
static struct nlmsghdr *put_link(struct batch *batch, uint16_t flags,
				 unsigned int index, bool up, const char *step)
{
	struct nlmsghdr *header = begin(batch, RTM_NEWLINK, flags, step);
	struct ifinfomsg *link =
		mnl_nlmsg_put_extra_header(header, sizeof(*link));

	link->ifi_family = AF_UNSPEC;
	link->ifi_index = (int)index;
	link->ifi_flags = up ? IFF_UP : 0;
	link->ifi_change = up ? IFF_UP : 0;
	return header;
}

static void add_up(struct batch *batch, unsigned int index, const char *step)
{
	end(batch, put_link(batch, 0, index, /* up= */ true, step));
}

/*
 * add_quiet() - let the kernel make no IPv6 address by itself. This needs a
 * message of its own (EAFNOSUPPORT otherwise).
 */
static void add_quiet(struct batch *batch)
{
	struct nlmsghdr *header = put_link(batch, 0, ENC_NET_VETH_INDEX, false,
					   "addrgenmode none");
	struct nlattr *families = mnl_attr_nest_start(header, IFLA_AF_SPEC);
	struct nlattr *inet6 = mnl_attr_nest_start(header, AF_INET6);

	mnl_attr_put_u8(header, IFLA_INET6_ADDR_GEN_MODE,
			IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(header, inet6);
	mnl_attr_nest_end(header, families);
	end(batch, header);
}

/*
 * add_address() - add an address without a prefix, so that no route is added
 * with it
 */
static void add_address(struct batch *batch, int family, const uint8_t *addr,
			const char *step)
{
	struct nlmsghdr *header =
		begin(batch, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, step);
	struct ifaddrmsg *address =
		mnl_nlmsg_put_extra_header(header, sizeof(*address));
	size_t length = family == AF_INET ? 4 : 16;

	address->ifa_family = (uint8_t)family;
	address->ifa_prefixlen = (uint8_t)(8 * length);
	address->ifa_flags = IFA_F_PERMANENT;
	address->ifa_index = ENC_NET_VETH_INDEX;
	if (family == AF_INET6) {
		/* Duplicate address detection would take two seconds. */
		mnl_attr_put_u32(header, IFA_FLAGS,
				 IFA_F_PERMANENT | IFA_F_NODAD);
	}
	mnl_attr_put(header, IFA_LOCAL, length, addr);
	mnl_attr_put(header, IFA_ADDRESS, length, addr);
	end(batch, header);
}

static void add_neighbour(struct batch *batch, int family, const uint8_t *addr,
			  const uint8_t *mac)
{
	struct nlmsghdr *header =
		begin(batch, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE,
		      "neighbour");
	struct ndmsg *neighbour =
		mnl_nlmsg_put_extra_header(header, sizeof(*neighbour));

	neighbour->ndm_family = (uint8_t)family;
	neighbour->ndm_ifindex = ENC_NET_VETH_INDEX;
	neighbour->ndm_state = NUD_PERMANENT;
	mnl_attr_put(header, NDA_DST, family == AF_INET ? 4 : 16, addr);
	mnl_attr_put(header, NDA_LLADDR, 6, mac);
	end(batch, header);
}

/* put_route() - begin a route to @to; NULL: the default route */
static struct nlmsghdr *put_route(struct batch *batch, int family,
				  const uint8_t *to, uint8_t type,
				  const char *step)
{
	struct nlmsghdr *header =
		begin(batch, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, step);
	struct rtmsg *route =
		mnl_nlmsg_put_extra_header(header, sizeof(*route));
	uint8_t length = family == AF_INET ? 4 : 16;

	route->rtm_family = (uint8_t)family;
	/*
	 * In the local table a local default route would make IPv6 connections
	 * impossible.
	 */
	route->rtm_table = RT_TABLE_MAIN;
	route->rtm_protocol = RTPROT_STATIC;
	route->rtm_type = type;
	route->rtm_scope =
		type == RTN_LOCAL ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
	if (to != NULL) {
		route->rtm_dst_len = (uint8_t)(8 * length);
		mnl_attr_put(header, RTA_DST, length, to);
	}
	return header;
}

static void add_route(struct batch *batch, struct nlmsghdr *header,
		      unsigned int link)
{
	mnl_attr_put_u32(header, RTA_OIF, link);
	end(batch, header);
}

/*
 * add_neighbour_route() - add a route for the other end, the only host on the
 * link
 */
static void add_neighbour_route(struct batch *batch, int family,
				const uint8_t *to, const char *step)
{
	struct nlmsghdr *header =
		put_route(batch, family, to, RTN_UNICAST, step);
	struct rtmsg *route = mnl_nlmsg_get_payload(header);

	route->rtm_scope = RT_SCOPE_LINK;
	add_route(batch, header, ENC_NET_VETH_INDEX);
}

static void add_default(struct batch *batch, int family, const uint8_t *gateway,
			const char *step)
{
	struct nlmsghdr *header =
		put_route(batch, family, NULL, RTN_UNICAST, step);

	mnl_attr_put(header, RTA_GATEWAY, family == AF_INET ? 4 : 16, gateway);
	add_route(batch, header, ENC_NET_VETH_INDEX);
}

/* add_all_local() - make every address local */
static void add_all_local(struct batch *batch, int family, const char *step)
{
	add_route(batch, put_route(batch, family, NULL, RTN_LOCAL, step),
		  ENC_NET_LO_INDEX);
}

/*
 * add_own6() - add the local route of an IPv6 address. The kernel adds it later
 * from a work item, and until then it would drop answers.
 */
static void add_own6(struct batch *batch, const uint8_t *addr)
{
	struct nlmsghdr *header =
		put_route(batch, AF_INET6, addr, RTN_LOCAL, "own IPv6 address");
	struct rtmsg *route = mnl_nlmsg_get_payload(header);

	route->rtm_table = RT_TABLE_LOCAL;
	route->rtm_protocol = RTPROT_KERNEL;
	add_route(batch, header, ENC_NET_VETH_INDEX);
}

int enc_net_link_pair(int session_netns, const char **step)
{
	struct batch batch = { .length = 0 };
	struct nlmsghdr *header =
		put_link(&batch, NLM_F_CREATE | NLM_F_EXCL, ENC_NET_VETH_INDEX,
			 /* up= */ false, "veth pair");
	struct nlattr *info;
	struct nlattr *data;
	struct nlattr *peer;
	struct ifinfomsg *other;

	mnl_attr_put_strz(header, IFLA_IFNAME, enc_net_gate_end.link);
	mnl_attr_put(header, IFLA_ADDRESS, 6, enc_net_gate_end.mac);
	info = mnl_attr_nest_start(header, IFLA_LINKINFO);
	mnl_attr_put_strz(header, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(header, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(header, VETH_INFO_PEER);
	other = mnl_nlmsg_put_extra_header(header, sizeof(*other));
	other->ifi_family = AF_UNSPEC;
	other->ifi_index = ENC_NET_VETH_INDEX;
	mnl_attr_put_strz(header, IFLA_IFNAME, enc_net_session_end.link);
	mnl_attr_put(header, IFLA_ADDRESS, 6, enc_net_session_end.mac);
	mnl_attr_put_u32(header, IFLA_NET_NS_FD, (uint32_t)session_netns);
	mnl_attr_nest_end(header, peer);
	mnl_attr_nest_end(header, data);
	mnl_attr_nest_end(header, info);
	end(&batch, header);
	return send_batch(&batch, step);
}

/* add_end() - add what both ends have in common; @own6: call add_own6() */
static void add_end(struct batch *batch, const struct enc_net_end *own,
		    const struct enc_net_end *other, bool own6)
{
	add_up(batch, ENC_NET_LO_INDEX, "lo up");
	add_quiet(batch);
	add_up(batch, ENC_NET_VETH_INDEX, "veth up");
	add_address(batch, AF_INET, own->v4, "IPv4 address");
	if (own6) {
		/* Before the address, so that the kernel finds the route. */
		add_own6(batch, own->v6);
	}
	add_address(batch, AF_INET6, own->v6, "IPv6 address");
	add_neighbour_route(batch, AF_INET, other->v4, "IPv4 neighbour route");
	add_neighbour_route(batch, AF_INET6, other->v6, "IPv6 neighbour route");
	add_neighbour(batch, AF_INET, other->v4, other->mac);
	add_neighbour(batch, AF_INET6, other->v6, other->mac);
}

int enc_net_link_gate(const char **step)
{
	struct batch batch = { .length = 0 };

	add_end(&batch, &enc_net_gate_end, &enc_net_session_end,
		/* own6= */ true);
	add_all_local(&batch, AF_INET, "local 0.0.0.0/0");
	add_all_local(&batch, AF_INET6, "local ::/0");
	return send_batch(&batch, step);
}

int enc_net_link_session(bool taken_over, const char **step)
{
	struct batch batch = { .length = 0 };

	/*
	 * gVisor takes the address from the kernel. The route would stay, and
	 * the kernel would go on answering for the address with resets.
	 */
	add_end(&batch, &enc_net_session_end, &enc_net_gate_end,
		/* own6= */ !taken_over);
	add_default(&batch, AF_INET, enc_net_gate_end.v4, "IPv4 default route");
	add_default(&batch, AF_INET6, enc_net_gate_end.v6,
		    "IPv6 default route");
	return send_batch(&batch, step);
}

/* ---- carrier ---- */

static int on_link(const struct nlmsghdr *header, void *data)
{
	bool *up = data;
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(header);
	struct nlattr *attribute;

	if (header->nlmsg_type != RTM_NEWLINK ||
	    link->ifi_index != ENC_NET_VETH_INDEX) {
		return MNL_CB_OK;
	}
	mnl_attr_for_each(attribute, header, sizeof(*link))
	{
		if (mnl_attr_get_type(attribute) == IFLA_OPERSTATE) {
			*up = mnl_attr_get_u8(attribute) == OPERSTATE_UP;
		}
	}
	return MNL_CB_OK;
}

int enc_net_carrier_open(struct mnl_socket **ret_carrier)
{
	struct mnl_socket *carrier =
		mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct timeval deadline = { .tv_sec = CARRIER_MS / 1000 };

	if (carrier == NULL) {
		return -errno;
	}
	if (mnl_socket_bind(carrier, RTMGRP_LINK, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(mnl_socket_get_fd(carrier), SOL_SOCKET, SO_RCVTIMEO,
		       &deadline, sizeof(deadline)) < 0) {
		int r = -errno;

		(void)mnl_socket_close(carrier);
		return r;
	}
	*ret_carrier = carrier;
	return 0;
}

/*
 * enc_net_carrier_wait() - wait until the end that came up first sends
 *
 * This end has had no carrier. Its queue drops packets until a kernel thread
 * has seen the carrier. A dropped answer would make the other side try again
 * only after a second. Asking for the link's state makes kernels from 6.8 on
 * look at the carrier at once. An older kernel reports when it has looked.
 */
int enc_net_carrier_wait(struct mnl_socket *carrier)
{
	char bytes[BATCH_BYTES];
	struct nlmsghdr *header = mnl_nlmsg_put_header(bytes);
	struct ifinfomsg *link;
	int64_t deadline_ms;
	bool up = false;

	header->nlmsg_type = RTM_GETLINK;
	header->nlmsg_flags = NLM_F_REQUEST;
	link = mnl_nlmsg_put_extra_header(header, sizeof(*link));
	link->ifi_family = AF_UNSPEC;
	link->ifi_index = ENC_NET_VETH_INDEX;
	if (mnl_socket_sendto(carrier, header, header->nlmsg_len) < 0) {
		return -errno;
	}
	/*
	 * The time runs from here on, since the request itself waits for the
	 * kernel's lock.
	 */
	deadline_ms = enc_clock_mono_ms() + CARRIER_MS;
	while (!up) {
		ssize_t got =
			mnl_socket_recvfrom(carrier, bytes, sizeof(bytes));

		if (got < 0) {
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		}
		if (mnl_cb_run(bytes, (size_t)got, 0, 0, on_link, &up) < 0) {
			return -errno;
		}
		if (!up && enc_clock_mono_ms() > deadline_ms) {
			return -ETIMEDOUT;
		}
	}
	return 0;
}
