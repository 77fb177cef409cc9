/*
 * Datagrams. The gate answers a DNS query itself, for every address that the
 * query was sent to. Any other datagram is counted and dropped.
 */

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "dns.h"
#include "gate_internal.h"
#include "gate_order.h"
#include "held.h"

enum {
	AT_ONCE = 64, /* datagrams in a row before other events are served */
	DATAGRAM_BYTES = 4096,
	DNS_PORT = 53,
	HTTP_PORT = 80,
	SOCKETS = ENC_GATE_FD_DNS6 - ENC_GATE_FD_UDP4 + 1,
};

#ifndef IPV6_ORIGDSTADDR
#define IPV6_ORIGDSTADDR 74
#endif

struct endpoint {
	struct enc_datagrams *datagrams;
	int fd;
	uv_poll_t poll;
};

struct enc_datagrams {
	struct enc_gate *gate;
	struct endpoint endpoints[SOCKETS];
};

/* A datagram with its sender; `control` has its original destination. */
struct datagram {
	uint8_t bytes[DATAGRAM_BYTES];
	size_t length;
	struct sockaddr_storage from;
	_Alignas(struct cmsghdr) char control[256];
	struct msghdr message;
	struct iovec part;
};

static bool receive(int fd, struct datagram *datagram)
{
	ssize_t got;

	datagram->part =
		(struct iovec){ datagram->bytes, sizeof(datagram->bytes) };
	datagram->message = (struct msghdr){
		.msg_name = &datagram->from,
		.msg_namelen = sizeof(datagram->from),
		.msg_iov = &datagram->part,
		.msg_iovlen = 1,
		.msg_control = datagram->control,
		.msg_controllen = sizeof(datagram->control),
	};
	got = recvmsg(fd, &datagram->message, MSG_DONTWAIT);
	datagram->length = got > 0 ? (size_t)got : 0;
	return got >= 0;
}

/*
 * find_destination() - read the original destination from the control data. A
 * socket for DNS reports no port.
 */
static bool find_destination(struct datagram *datagram,
			     struct enc_attempt *ret_attempt)
{
	for (struct cmsghdr *at = CMSG_FIRSTHDR(&datagram->message); at != NULL;
	     at = CMSG_NXTHDR(&datagram->message, at)) {
		const void *data = CMSG_DATA(at);

		if (at->cmsg_level == IPPROTO_IP &&
		    at->cmsg_type == IP_ORIGDSTADDR) {
			const struct sockaddr_in *v4 = data;

			enc_address_map(&v4->sin_addr, ret_attempt->addr);
			ret_attempt->port = ntohs(v4->sin_port);
			return true;
		}
		if (at->cmsg_level == IPPROTO_IPV6 &&
		    at->cmsg_type == IPV6_ORIGDSTADDR) {
			const struct sockaddr_in6 *v6 = data;

			memcpy(ret_attempt->addr, &v6->sin6_addr, 16);
			ret_attempt->port = ntohs(v6->sin6_port);
			return true;
		}
		if (at->cmsg_level == IPPROTO_IP &&
		    at->cmsg_type == IP_PKTINFO) {
			const struct in_pktinfo *v4 = data;

			enc_address_map(&v4->ipi_addr, ret_attempt->addr);
			return true;
		}
		if (at->cmsg_level == IPPROTO_IPV6 &&
		    at->cmsg_type == IPV6_PKTINFO) {
			const struct in6_pktinfo *v6 = data;

			memcpy(ret_attempt->addr, &v6->ipi6_addr, 16);
			return true;
		}
	}
	return false;
}

/* drop() - note a datagram, which no rule can allow */
static void drop(struct enc_gate *gate, const struct enc_attempt *attempt)
{
	struct enc_decision decision;

	enc_gate_judge(gate, attempt, &decision);
	enc_gate_refuse(gate, attempt,
			decision.verdict == ENC_VERDICT_ALLOW
				? "allowlist: TCP only"
				: decision.rule);
}

static void on_datagram(uv_poll_t *poll, int status, int events)
{
	struct endpoint *endpoint = ENC_HOLDER(poll, struct endpoint, poll);
	struct enc_gate *gate = endpoint->datagrams->gate;
	static struct datagram datagram;

	(void)status;
	(void)events;
	for (int i = 0; i < AT_ONCE && receive(endpoint->fd, &datagram); i++) {
		struct enc_attempt attempt = { .via = ENC_VIA_DATAGRAM,
					       .protocol = IPPROTO_UDP };

		if (find_destination(&datagram, &attempt)) {
			attempt.host = enc_names_of(gate->names, attempt.addr);
			drop(gate, &attempt);
		}
	}
}

/*
 * answer_from() - send the answer from the address that was asked; interface 0
 * lets the kernel choose the route
 */
static void answer_from(struct datagram *datagram)
{
	for (struct cmsghdr *at = CMSG_FIRSTHDR(&datagram->message); at != NULL;
	     at = CMSG_NXTHDR(&datagram->message, at)) {
		if (at->cmsg_level == IPPROTO_IP &&
		    at->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo *info = (void *)CMSG_DATA(at);

			info->ipi_spec_dst = info->ipi_addr;
			info->ipi_ifindex = 0;
		} else if (at->cmsg_level == IPPROTO_IPV6 &&
			   at->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo *info = (void *)CMSG_DATA(at);

			info->ipi6_ifindex = 0;
		}
	}
}

static_assert((int)ENC_DNS_NAME_BYTES <= (int)ENC_MESSAGE_HOST_MAX_BYTES,
	      "a name that no message holds");

/*
 * note_question() - note a question. It is allowed if a rule allows the name at
 * some port, or if the session has a binding of that name. Return: number of
 * its report; 0: none, or it is denied
 */
static uint64_t note_question(struct enc_gate *gate, const char *name)
{
	struct enc_attempt attempt = { .via = ENC_VIA_DNS,
				       .protocol = IPPROTO_UDP,
				       .port = DNS_PORT,
				       .host = name[0] == '\0' ? "." : name };
	struct enc_decision decision;
	struct enc_text binding;
	uint64_t report = 0;

	if (enc_held_name(name, &binding)) {
		enc_held_judge(gate->held, binding, HTTP_PORT, &decision);
	} else {
		enc_egress_judge_name(&gate->rules.policy, attempt.host,
				      &decision);
	}
	if (decision.verdict == ENC_VERDICT_ALLOW &&
	    enc_gate_note(gate, &attempt, &decision, &report) == 0) {
		return report;
	}
	enc_gate_refuse(gate, &attempt,
			decision.verdict == ENC_VERDICT_ALLOW
				? "destinations-limit"
				: decision.rule);
	return 0;
}

/* note_other() - note a datagram to port 53 that is no question, by address */
static void note_other(struct enc_gate *gate, struct datagram *datagram)
{
	struct enc_attempt attempt = { .via = ENC_VIA_DNS,
				       .protocol = IPPROTO_UDP,
				       .port = DNS_PORT };

	if (!find_destination(datagram, &attempt)) {
		attempt.host = "(malformed)"; /* an address that nobody knows */
	}
	drop(gate, &attempt);
}

/*
 * answer() - make the answer to a DNS query. Return: its length; 0: no answer
 */
static size_t answer(struct enc_gate *gate, struct datagram *datagram,
		     uint8_t *ret_bytes)
{
	struct enc_dns_question question;
	unsigned int rcode = ENC_DNS_NOERROR;
	uint8_t v4[4];
	bool have = false;
	uint64_t report;
	int r = enc_dns_parse(datagram->bytes, datagram->length, &question,
			      &rcode);

	if (r < 0) {
		note_other(gate, datagram);
		return r == -EBADMSG ? 0
				     : enc_dns_refuse(datagram->bytes, rcode,
						      ret_bytes);
	}
	report = note_question(gate, question.name);
	if (question.type == ENC_DNS_A && question.class == 1) {
		have = enc_names_address(gate->names, question.name, v4) == 0;
		rcode = have ? ENC_DNS_NOERROR : ENC_DNS_REFUSED;
		if (have && report > 0) {
			enc_names_asked(gate->names, v4, report);
		}
	} else if (question.type != ENC_DNS_AAAA || question.class != 1) {
		rcode = ENC_DNS_REFUSED;
	}
	return enc_dns_answer(datagram->bytes, &question, rcode,
			      have ? v4 : NULL, ret_bytes);
}

static void on_question(uv_poll_t *poll, int status, int events)
{
	struct endpoint *endpoint = ENC_HOLDER(poll, struct endpoint, poll);
	static struct datagram datagram;

	(void)status;
	(void)events;
	for (int i = 0; i < AT_ONCE && receive(endpoint->fd, &datagram); i++) {
		uint8_t bytes[ENC_DNS_ANSWER_BYTES];
		size_t length =
			answer(endpoint->datagrams->gate, &datagram, bytes);

		if (length == 0) {
			continue;
		}
		answer_from(&datagram);
		datagram.part = (struct iovec){ bytes, length };
		/* If an answer is lost, the program asks again. */
		ENC_IGNORE(sendmsg(endpoint->fd, &datagram.message,
				   MSG_DONTWAIT | MSG_NOSIGNAL));
	}
}

struct enc_datagrams *enc_datagrams_new(struct enc_gate *gate)
{
	struct enc_datagrams *datagrams = enc_xalloc(sizeof(*datagrams));

	datagrams->gate = gate;
	for (int i = 0; i < SOCKETS; i++) {
		struct endpoint *endpoint = &datagrams->endpoints[i];
		int fd = ENC_GATE_FD_UDP4 + i;

		endpoint->datagrams = datagrams;
		endpoint->fd = fd;
		enc_gate_watch(gate, &endpoint->poll, fd, UV_READABLE,
			       fd >= ENC_GATE_FD_DNS4 ? on_question
						      : on_datagram);
	}
	return datagrams;
}
