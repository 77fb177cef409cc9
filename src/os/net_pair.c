#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"
#include "net_pair.h"

enum { MESSAGE_BYTES = 1024, ANSWER_BYTES = 4096 };

static const char own_end[] = "up0";

/* ask() - send one message of rtnetlink and take its acknowledgement */
static int ask(struct nlmsghdr *message)
{
	struct mnl_socket *netlink =
		mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	char answer[ANSWER_BYTES];
	ssize_t got = -1;
	int r = 0;

	message->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (netlink == NULL) {
		return -errno;
	}
	if (mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) == 0 &&
	    mnl_socket_sendto(netlink, message, message->nlmsg_len) >= 0) {
		got = mnl_socket_recvfrom(netlink, answer, sizeof(answer));
	}
	if (got < 0 || mnl_cb_run(answer, (size_t)got, 0, 0, NULL, NULL) < 0) {
		r = -errno;
	}
	(void)mnl_socket_close(netlink);
	return r;
}

/* begin() - begin a message about a link */
static struct nlmsghdr *begin(char *bytes, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(bytes);
	struct ifinfomsg *link;

	message->nlmsg_type = type;
	message->nlmsg_flags = flags;
	link = mnl_nlmsg_put_extra_header(message, sizeof(*link));
	link->ifi_family = AF_UNSPEC;
	mnl_attr_put_strz(message, IFLA_IFNAME, own_end);
	return message;
}

/* make_link() - make both ends, with the host's in the namespace @host_netns */
static int make_link(const char *name, int host_netns)
{
	char bytes[MESSAGE_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *message =
		begin(bytes, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info = mnl_attr_nest_start(message, IFLA_LINKINFO);
	struct nlattr *data;
	struct nlattr *peer;
	struct ifinfomsg *other;

	mnl_attr_put_strz(message, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(message, VETH_INFO_PEER);
	other = mnl_nlmsg_put_extra_header(message, sizeof(*other));
	other->ifi_family = AF_UNSPEC;
	mnl_attr_put_strz(message, IFLA_IFNAME, name);
	mnl_attr_put_u32(message, IFLA_NET_NS_FD, (uint32_t)host_netns);
	mnl_attr_nest_end(message, peer);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, info);
	return ask(message);
}

/* set_up() - give a link of @inet's namespace its address, and bring it up */
static int set_up(int inet, const char *name, struct in_addr address)
{
	struct sockaddr_in of = { .sin_family = AF_INET, .sin_addr = address };
	struct ifreq request = { 0 };

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	memcpy(&request.ifr_addr, &of, sizeof(of));
	if (ioctl(inet, SIOCSIFADDR, &request) < 0) {
		return -errno;
	}
	of.sin_addr.s_addr = htonl(0xfffffffc); /* /30 */
	memcpy(&request.ifr_netmask, &of, sizeof(of));
	if (ioctl(inet, SIOCSIFNETMASK, &request) < 0) {
		return -errno;
	}
	request.ifr_flags = IFF_UP;
	return ioctl(inet, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

/* new_socket() - make a socket to configure the thread's present namespace */
static int new_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

int enc_net_pair_enter(const struct enc_net_pair *pair, const char **ret_step)
{
	enc_autoclose int netns =
		open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	enc_autoclose int host = new_socket();
	enc_autoclose int own = -1;
	int r;

	*ret_step = "the network namespace of this thread";
	if (netns < 0 || host < 0) {
		return netns < 0 ? -errno : host;
	}
	*ret_step = "a network namespace";
	if (unshare(CLONE_NEWNET) < 0) {
		return -errno;
	}
	own = new_socket();
	if (own < 0) {
		return own;
	}
	*ret_step = "a veth pair";
	r = make_link(pair->name, netns);
	if (r == 0) {
		*ret_step = "the host's address";
		r = set_up(host, pair->name, pair->host);
	}
	if (r == 0) {
		*ret_step = "the own address";
		r = set_up(own, own_end, pair->own);
	}
	return r;
}

void enc_net_pair_cut(void)
{
	char bytes[MESSAGE_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));

	/* If it fails, the link ends with the namespace. */
	ENC_IGNORE(ask(begin(bytes, RTM_DELLINK, 0)));
}
