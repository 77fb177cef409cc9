#ifndef ENC_OS_NET_BATCH_H
#define ENC_OS_NET_BATCH_H

/*
 * Shared by net_rules.c, net_counters.c and net_host.c: one transaction of
 * nftables, and reading a set. A transaction is a batch of messages about one
 * table of family inet. The kernel carries out all of it or nothing. Each
 * message is acknowledged, so a failure can be named.
 *
 * Lack of memory aborts.
 */

#include <stddef.h>
#include <stdint.h>

#include "def.h"

struct mnl_nlmsg_batch;
struct mnl_socket;
struct nftnl_rule;
struct nftnl_set;

enum {
	ENC_NET_BATCH_MESSAGES = 128, /* per batch */
	/* Numbers of nft(8)'s types; only used for listing the sets. */
	ENC_NET_TYPE_V4 = 7,
	ENC_NET_TYPE_V6 = 8,
	ENC_NET_TYPE_PROTOCOL = 12,
	ENC_NET_TYPE_PORT = 13,
	ENC_NET_TYPE_MARK = 19,
	ENC_NET_TYPE_UID = 24,
	ENC_NET_TYPE_BITS = 6,
};

struct enc_net_batch {
	const char *table;
	/* What the next messages are for; static. May be set at any time. */
	const char *step;
	struct mnl_nlmsg_batch *messages;
	uint32_t sequence; /* number of the next message */
	uint32_t asked;	   /* messages that need an acknowledgement */
	const char *steps[ENC_NET_BATCH_MESSAGES]; /* by sequence number */
};

/* A set and how it is declared. @id tells sets of the same batch apart. */
struct enc_net_set_spec {
	const char *name;
	uint32_t id;
	uint32_t flags; /* NFT_SET_* */
	uint32_t type;
	uint32_t key_bytes;
	uint32_t elements;   /* limit; 0: none */
	uint64_t timeout_ms; /* lifetime of an entry; 0: entries don't expire */
};

struct enc_net_chain_spec {
	const char *name;
	uint32_t hook; /* NF_INET_* */
	int32_t priority;
	uint32_t policy; /* NF_ACCEPT or NF_DROP */
};

/*
 * enc_net_need() - return an object of libnftnl, and abort if it is NULL for
 * lack of memory
 */
void *enc_net_need(void *object);

/**
 * enc_net_batch_start() - start a batch
 * @table: borrowed until the batch was sent
 * @bytes: memory for the messages, borrowed until the batch was sent. The first
 *         half is for all messages; the rest is for the one that ends there
 */
void enc_net_batch_start(struct enc_net_batch *batch, const char *table,
			 char *bytes, size_t room, const char *step);

/*
 * enc_net_batch_send() - send the batch and read every answer; releases the
 * batch
 * @ret_step: on failure: the step that failed
 *
 * Return: 0; a negative errno, and the kernel has changed nothing
 */
ENC_NODISCARD int enc_net_batch_send(struct enc_net_batch *batch,
				     struct mnl_socket *netlink,
				     const char **ret_step);

/* enc_net_add_table() - add a table; @flags: NFT_TABLE_F_* or 0 */
void enc_net_add_table(struct enc_net_batch *batch, uint32_t flags,
		       uint16_t message_flags);

void enc_net_add_set(struct enc_net_batch *batch,
		     const struct enc_net_set_spec *spec);

/* enc_net_add_base() - add a chain of type filter that belongs to a hook */
void enc_net_add_base(struct enc_net_batch *batch,
		      const struct enc_net_chain_spec *spec);

/* enc_net_add_chain() - add a chain that only rules lead to */
void enc_net_add_chain(struct enc_net_batch *batch, const char *name);

/* enc_net_rule_new() - make an empty rule for a chain (expressions: net_expr.h)
 */
struct nftnl_rule *enc_net_rule_new(const struct enc_net_batch *batch,
				    const char *chain);

/* enc_net_add_rule() - append a rule to its chain; takes @rule */
void enc_net_add_rule(struct enc_net_batch *batch, struct nftnl_rule *rule);

/* enc_net_elements_new() - make an empty list of elements of a set */
struct nftnl_set *enc_net_elements_new(const char *table,
				       const struct enc_net_set_spec *spec);

/* enc_net_element() - append an element; @flags: NFT_SET_ELEM_* or 0 */
void enc_net_element(struct nftnl_set *elements, const void *key,
		     uint32_t key_bytes, uint32_t flags);

/* enc_net_add_elements() - add elements to their set; takes @elements */
void enc_net_add_elements(struct enc_net_batch *batch,
			  struct nftnl_set *elements);

/*
 * enc_net_del_elements() - delete elements, or all of the set if the list is
 * empty; takes @elements
 */
void enc_net_del_elements(struct enc_net_batch *batch,
			  struct nftnl_set *elements);

typedef void enc_net_element_fn(void *context, const uint8_t *key,
				uint64_t packets);

/**
 * enc_net_elements_read() - read a set whose elements have counters
 * @sequence: number of the request
 *
 * Return: 0; -EINTR if any table of the namespace was changed meanwhile, then
 * elements may be missing or visited twice; another negative errno
 */
ENC_NODISCARD int enc_net_elements_read(struct mnl_socket *netlink,
					const char *table, const char *set,
					uint32_t sequence,
					enc_net_element_fn *visit,
					void *context);

#endif
