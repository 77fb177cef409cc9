#ifndef ENC_OS_NET_EXPR_H
#define ENC_OS_NET_EXPR_H

/*
 * Shared by net_rules.c and net_host.c: the expressions of a rule of nftables.
 * A rule is a list of them. It ends at the first one that doesn't match. Where
 * no register is named, values are in NFT_REG_1.
 */

#include <stdint.h>

#include "net_batch.h"

struct nftnl_expr;

enum {
	ENC_NET_REGISTER_BYTES = 4,
	/* offsets in IP headers */
	ENC_NET_SOURCE4_AT = 12,
	ENC_NET_DESTINATION4_AT = 16,
	ENC_NET_SOURCE6_AT = 8,
	ENC_NET_DESTINATION6_AT = 24,
	/* offset of the destination port in TCP and UDP */
	ENC_NET_PORT_AT = 2,
	/* flags of TCP */
	ENC_NET_TCP_SYN = 0x02,
	ENC_NET_TCP_ACK = 0x10,
};

/* enc_net_expr() - append an expression; the rule owns it */
struct nftnl_expr *enc_net_expr(struct nftnl_rule *rule, const char *name);

/* enc_net_load_meta() - load NFT_META_@key into a register */
void enc_net_load_meta(struct nftnl_rule *rule, uint32_t key, uint32_t to);

/* enc_net_load_payload() - load bytes of a header, NFT_PAYLOAD_* */
void enc_net_load_payload(struct nftnl_rule *rule, uint32_t base, uint32_t at,
			  uint32_t length, uint32_t to);

/* enc_net_load_port() - load the destination port of TCP or UDP */
void enc_net_load_port(struct nftnl_rule *rule, uint32_t to);

/* enc_net_compare() - compare the loaded value; @operation: NFT_CMP_* */
void enc_net_compare(struct nftnl_rule *rule, uint32_t operation,
		     const void *bytes, uint32_t length);

void enc_net_match_meta8(struct nftnl_rule *rule, uint32_t key, uint8_t value);

/*
 * enc_net_match_range() - match if the loaded value, a number in host byte
 * order, is in a range; overwrites the register
 */
void enc_net_match_range(struct nftnl_rule *rule, uint32_t first,
			 uint32_t last);

/* enc_net_match_tcp() - match TCP with these of the flags in @mask */
void enc_net_match_tcp(struct nftnl_rule *rule, uint8_t mask, uint8_t flags);

/* enc_net_lookup() - match if the loaded key is in the set; NFT_LOOKUP_F_* */
void enc_net_lookup(struct nftnl_rule *rule,
		    const struct enc_net_set_spec *spec, uint32_t flags);

/*
 * enc_net_update() - update the element with the loaded key; add it if there is
 * room. A full set ends the rule.
 */
struct nftnl_expr *enc_net_update(struct nftnl_rule *rule,
				  const struct enc_net_set_spec *spec);

/* enc_net_update_counter() - do the same, and count in the element */
void enc_net_update_counter(struct nftnl_rule *rule,
			    const struct enc_net_set_spec *spec);

/* enc_net_verdict() - end with NF_ACCEPT or NF_DROP */
void enc_net_verdict(struct nftnl_rule *rule, uint32_t code);

/* enc_net_goto() - go on with another chain, and don't return */
void enc_net_goto(struct nftnl_rule *rule, const char *chain);

/* enc_net_reject() - drop and answer; @type: NFT_REJECT_* */
void enc_net_reject(struct nftnl_rule *rule, uint32_t type, uint8_t code);

#endif
