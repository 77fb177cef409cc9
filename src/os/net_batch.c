#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "net_batch.h"

enum { ANSWER_BYTES = 1 << 16 };

void *enc_net_need(void *object)
{
	ENC_ASSERT(object != NULL);
	return object;
}

/* ---- messages ---- */

static uint32_t next_sequence(struct enc_net_batch *batch)
{
	ENC_ASSERT(batch->sequence < ENC_NET_BATCH_MESSAGES);
	batch->steps[batch->sequence] = batch->step;
	return batch->sequence++;
}

/* begin() - begin the next message; end() completes it */
static struct nlmsghdr *begin(struct enc_net_batch *batch, uint16_t type,
			      uint16_t flags)
{
	batch->asked++;
	return nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(batch->messages),
				     type, NFPROTO_INET, flags | NLM_F_ACK,
				     next_sequence(batch));
}

static void end(struct enc_net_batch *batch)
{
	bool has_room = mnl_nlmsg_batch_next(batch->messages);

	ENC_ASSERT(has_room);
}

void enc_net_batch_start(struct enc_net_batch *batch, const char *table,
			 char *bytes, size_t room, const char *step)
{
	batch->table = table;
	batch->step = step;
	batch->sequence = 1;
	batch->asked = 0;
	batch->messages = enc_net_need(mnl_nlmsg_batch_start(bytes, room / 2));
	nftnl_batch_begin(mnl_nlmsg_batch_current(batch->messages),
			  next_sequence(batch));
	end(batch);
}

/*
 * drop_answers() - drop the rest of the answers, so that the next request
 * doesn't find them. The kernel has answered before sendto() returns.
 */
static void drop_answers(struct mnl_socket *netlink)
{
	char byte;

	while (recv(mnl_socket_get_fd(netlink), &byte, sizeof(byte),
		    MSG_DONTWAIT) >= 0 ||
	       errno == ENOBUFS || errno == EINTR) {
		/* a message is dropped with each call */
	}
}

/* take_answers() - read one acknowledgement per message */
static int take_answers(struct mnl_socket *netlink,
			const struct enc_net_batch *batch, const char **step)
{
	static char answer[ANSWER_BYTES];

	for (uint32_t asked = batch->asked; asked > 0;) {
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
				*step = batch->steps[at->nlmsg_seq %
						     ENC_NET_BATCH_MESSAGES];
				return told->error;
			}
			asked--;
		}
	}
	return 0;
}

int enc_net_batch_send(struct enc_net_batch *batch, struct mnl_socket *netlink,
		       const char **ret_step)
{
	const char *step = batch->step;
	int r = 0;

	nftnl_batch_end(mnl_nlmsg_batch_current(batch->messages),
			next_sequence(batch));
	end(batch);
	if (mnl_socket_sendto(netlink, mnl_nlmsg_batch_head(batch->messages),
			      mnl_nlmsg_batch_size(batch->messages)) < 0) {
		r = -errno;
	}
	mnl_nlmsg_batch_stop(ENC_TAKE(batch->messages));
	if (r == 0) {
		r = take_answers(netlink, batch, &step);
	}
	if (r < 0) {
		drop_answers(netlink);
		*ret_step = step;
	}
	return r;
}

/* ---- parts of a table ---- */

void enc_net_add_table(struct enc_net_batch *batch, uint32_t flags,
		       uint16_t message_flags)
{
	struct nftnl_table *table = enc_net_need(nftnl_table_alloc());

	ENC_IGNORE(nftnl_table_set_str(table, NFTNL_TABLE_NAME, batch->table));
	if (flags != 0) {
		nftnl_table_set_u32(table, NFTNL_TABLE_FLAGS, flags);
	}
	nftnl_table_nlmsg_build_payload(begin(batch, NFT_MSG_NEWTABLE,
					      NLM_F_CREATE | message_flags),
					table);
	end(batch);
	nftnl_table_free(table);
}

void enc_net_add_set(struct enc_net_batch *batch,
		     const struct enc_net_set_spec *spec)
{
	struct nftnl_set *set = enc_net_elements_new(batch->table, spec);

	nftnl_set_set_u32(set, NFTNL_SET_FLAGS, spec->flags);
	nftnl_set_set_u32(set, NFTNL_SET_KEY_TYPE, spec->type);
	nftnl_set_set_u32(set, NFTNL_SET_KEY_LEN, spec->key_bytes);
	if (spec->elements > 0) {
		nftnl_set_set_u32(set, NFTNL_SET_DESC_SIZE, spec->elements);
	}
	if (spec->timeout_ms > 0) {
		nftnl_set_set_u64(set, NFTNL_SET_TIMEOUT, spec->timeout_ms);
	}
	nftnl_set_nlmsg_build_payload(begin(batch, NFT_MSG_NEWSET,
					    NLM_F_CREATE),
				      set);
	end(batch);
	nftnl_set_free(set);
}

static void add_chain(struct enc_net_batch *batch, struct nftnl_chain *chain,
		      const char *name)
{
	ENC_IGNORE(nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, batch->table));
	ENC_IGNORE(nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, name));
	nftnl_chain_nlmsg_build_payload(begin(batch, NFT_MSG_NEWCHAIN,
					      NLM_F_CREATE),
					chain);
	end(batch);
	nftnl_chain_free(chain);
}

void enc_net_add_base(struct enc_net_batch *batch,
		      const struct enc_net_chain_spec *spec)
{
	struct nftnl_chain *chain = enc_net_need(nftnl_chain_alloc());

	ENC_IGNORE(nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, "filter"));
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, spec->hook);
	nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, spec->priority);
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, spec->policy);
	add_chain(batch, chain, spec->name);
}

void enc_net_add_chain(struct enc_net_batch *batch, const char *name)
{
	add_chain(batch, enc_net_need(nftnl_chain_alloc()), name);
}

struct nftnl_rule *enc_net_rule_new(const struct enc_net_batch *batch,
				    const char *chain)
{
	struct nftnl_rule *rule = enc_net_need(nftnl_rule_alloc());

	ENC_IGNORE(nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, batch->table));
	ENC_IGNORE(nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, chain));
	nftnl_rule_set_u32(rule, NFTNL_RULE_FAMILY, NFPROTO_INET);
	return rule;
}

void enc_net_add_rule(struct enc_net_batch *batch, struct nftnl_rule *rule)
{
	nftnl_rule_nlmsg_build_payload(begin(batch, NFT_MSG_NEWRULE,
					     NLM_F_CREATE | NLM_F_APPEND),
				       rule);
	end(batch);
	nftnl_rule_free(rule);
}

/* ---- elements ---- */

struct nftnl_set *enc_net_elements_new(const char *table,
				       const struct enc_net_set_spec *spec)
{
	struct nftnl_set *set = enc_net_need(nftnl_set_alloc());

	ENC_IGNORE(nftnl_set_set_str(set, NFTNL_SET_TABLE, table));
	ENC_IGNORE(nftnl_set_set_str(set, NFTNL_SET_NAME, spec->name));
	nftnl_set_set_u32(set, NFTNL_SET_FAMILY, NFPROTO_INET);
	nftnl_set_set_u32(set, NFTNL_SET_ID, spec->id);
	return set;
}

void enc_net_element(struct nftnl_set *elements, const void *key,
		     uint32_t key_bytes, uint32_t flags)
{
	struct nftnl_set_elem *element = enc_net_need(nftnl_set_elem_alloc());

	ENC_IGNORE(nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, key,
				      key_bytes));
	if (flags != 0) {
		nftnl_set_elem_set_u32(element, NFTNL_SET_ELEM_FLAGS, flags);
	}
	nftnl_set_elem_add(elements, element);
}

static void put_elements(struct enc_net_batch *batch, uint16_t type,
			 uint16_t flags, struct nftnl_set *elements)
{
	nftnl_set_elems_nlmsg_build_payload(begin(batch, type, flags),
					    elements);
	end(batch);
	nftnl_set_free(elements);
}

void enc_net_add_elements(struct enc_net_batch *batch,
			  struct nftnl_set *elements)
{
	put_elements(batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE, elements);
}

void enc_net_del_elements(struct enc_net_batch *batch,
			  struct nftnl_set *elements)
{
	put_elements(batch, NFT_MSG_DELSETELEM, 0, elements);
}

/* ---- reading ---- */

struct reading {
	enc_net_element_fn *visit;
	void *context;
};

static void visit_element(const struct reading *reading,
			  struct nftnl_set_elem *element)
{
	uint32_t length;
	const uint8_t *key =
		nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY, &length);
	const struct nftnl_expr *counter =
		nftnl_set_elem_get(element, NFTNL_SET_ELEM_EXPR, &length);

	if (key != NULL && counter != NULL) {
		reading->visit(reading->context, key,
			       nftnl_expr_get_u64(counter,
						  NFTNL_EXPR_CTR_PACKETS));
	}
}

static int on_elements(const struct nlmsghdr *header, void *data)
{
	const struct reading *reading = data;
	struct nftnl_set *set = enc_net_need(nftnl_set_alloc());
	struct nftnl_set_elems_iter *iter;
	struct nftnl_set_elem *element;

	if (nftnl_set_elems_nlmsg_parse(header, set) < 0) {
		nftnl_set_free(set);
		return MNL_CB_ERROR;
	}
	iter = enc_net_need(nftnl_set_elems_iter_create(set));
	while ((element = nftnl_set_elems_iter_next(iter)) != NULL) {
		visit_element(reading, element);
	}
	nftnl_set_elems_iter_destroy(iter);
	nftnl_set_free(set);
	return MNL_CB_OK;
}

static int take_elements(struct mnl_socket *netlink, uint32_t sequence,
			 struct reading *reading)
{
	static char bytes[ANSWER_BYTES];
	int r = MNL_CB_OK;

	while (r == MNL_CB_OK) {
		ssize_t got =
			mnl_socket_recvfrom(netlink, bytes, sizeof(bytes));

		if (got < 0) {
			return -errno;
		}
		r = mnl_cb_run(bytes, (size_t)got, sequence, 0, on_elements,
			       reading);
	}
	return r < 0 ? -errno : 0;
}

int enc_net_elements_read(struct mnl_socket *netlink, const char *table,
			  const char *set, uint32_t sequence,
			  enc_net_element_fn *visit, void *context)
{
	struct reading reading = { visit, context };
	char bytes[MNL_NLMSG_HDRLEN + 1024];
	struct nlmsghdr *header =
		nftnl_nlmsg_build_hdr(bytes, NFT_MSG_GETSETELEM, NFPROTO_INET,
				      NLM_F_DUMP, sequence);
	struct nftnl_set *asked = enc_net_need(nftnl_set_alloc());
	int r;

	ENC_IGNORE(nftnl_set_set_str(asked, NFTNL_SET_TABLE, table));
	ENC_IGNORE(nftnl_set_set_str(asked, NFTNL_SET_NAME, set));
	nftnl_set_elems_nlmsg_build_payload(header, asked);
	nftnl_set_free(asked);
	if (mnl_socket_sendto(netlink, header, header->nlmsg_len) < 0) {
		return -errno;
	}
	r = take_elements(netlink, sequence, &reading);
	if (r < 0) {
		drop_answers(netlink);
	}
	return r;
}
