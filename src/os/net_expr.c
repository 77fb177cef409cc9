/* libnftnl/expr.h needs it. */
#include <stdio.h>

#include <arpa/inet.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/in.h>

#include "net_expr.h"

enum { TCP_FLAGS_AT = 13 /* offset in the header */ };

struct nftnl_expr *enc_net_expr(struct nftnl_rule *rule, const char *name)
{
	struct nftnl_expr *expr = enc_net_need(nftnl_expr_alloc(name));

	nftnl_rule_add_expr(rule, expr);
	return expr;
}

void enc_net_load_meta(struct nftnl_rule *rule, uint32_t key, uint32_t to)
{
	struct nftnl_expr *expr = enc_net_expr(rule, "meta");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_DREG, to);
}

void enc_net_load_payload(struct nftnl_rule *rule, uint32_t base, uint32_t at,
			  uint32_t length, uint32_t to)
{
	struct nftnl_expr *expr = enc_net_expr(rule, "payload");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_OFFSET, at);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_LEN, length);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_DREG, to);
}

void enc_net_load_port(struct nftnl_rule *rule, uint32_t to)
{
	enc_net_load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER,
			     ENC_NET_PORT_AT, 2, to);
}

void enc_net_compare(struct nftnl_rule *rule, uint32_t operation,
		     const void *bytes, uint32_t length)
{
	struct nftnl_expr *expr = enc_net_expr(rule, "cmp");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_OP, operation);
	nftnl_expr_set(expr, NFTNL_EXPR_CMP_DATA, bytes, length);
}

void enc_net_match_meta8(struct nftnl_rule *rule, uint32_t key, uint8_t value)
{
	enc_net_load_meta(rule, key, NFT_REG_1);
	enc_net_compare(rule, NFT_CMP_EQ, &value, sizeof(value));
}

void enc_net_match_range(struct nftnl_rule *rule, uint32_t first, uint32_t last)
{
	/* The kernel compares bytes, so the first one has to weigh most. */
	uint32_t from = htonl(first);
	uint32_t to = htonl(last);
	struct nftnl_expr *expr = enc_net_expr(rule, "byteorder");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_BYTEORDER_SREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BYTEORDER_DREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BYTEORDER_OP, NFT_BYTEORDER_HTON);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BYTEORDER_LEN, sizeof(from));
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BYTEORDER_SIZE, sizeof(from));
	expr = enc_net_expr(rule, "range");
	nftnl_expr_set_u32(expr, NFTNL_EXPR_RANGE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_RANGE_OP, NFT_RANGE_EQ);
	nftnl_expr_set(expr, NFTNL_EXPR_RANGE_FROM_DATA, &from, sizeof(from));
	nftnl_expr_set(expr, NFTNL_EXPR_RANGE_TO_DATA, &to, sizeof(to));
}

void enc_net_match_tcp(struct nftnl_rule *rule, uint8_t mask, uint8_t flags)
{
	static const uint8_t nothing;
	struct nftnl_expr *expr;

	enc_net_match_meta8(rule, NFT_META_L4PROTO, IPPROTO_TCP);
	enc_net_load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, TCP_FLAGS_AT,
			     1, NFT_REG_1);
	expr = enc_net_expr(rule, "bitwise");
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_LEN, 1);
	nftnl_expr_set(expr, NFTNL_EXPR_BITWISE_MASK, &mask, 1);
	nftnl_expr_set(expr, NFTNL_EXPR_BITWISE_XOR, &nothing, 1);
	enc_net_compare(rule, NFT_CMP_EQ, &flags, 1);
}

void enc_net_lookup(struct nftnl_rule *rule,
		    const struct enc_net_set_spec *spec, uint32_t flags)
{
	struct nftnl_expr *expr = enc_net_expr(rule, "lookup");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	nftnl_expr_set_str(expr, NFTNL_EXPR_LOOKUP_SET, spec->name);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_SET_ID, spec->id);
	if (flags != 0) {
		nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_FLAGS, flags);
	}
}

struct nftnl_expr *enc_net_update(struct nftnl_rule *rule,
				  const struct enc_net_set_spec *spec)
{
	struct nftnl_expr *expr = enc_net_expr(rule, "dynset");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_DYNSET_SREG_KEY, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_DYNSET_OP, NFT_DYNSET_OP_UPDATE);
	nftnl_expr_set_str(expr, NFTNL_EXPR_DYNSET_SET_NAME, spec->name);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_DYNSET_SET_ID, spec->id);
	return expr;
}

void enc_net_update_counter(struct nftnl_rule *rule,
			    const struct enc_net_set_spec *spec)
{
	nftnl_expr_add_expr(enc_net_update(rule, spec), NFTNL_EXPR_DYNSET_EXPR,
			    enc_net_need(nftnl_expr_alloc("counter")));
}

void enc_net_verdict(struct nftnl_rule *rule, uint32_t code)
{
	struct nftnl_expr *expr = enc_net_expr(rule, "immediate");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_VERDICT, code);
}

void enc_net_goto(struct nftnl_rule *rule, const char *chain)
{
	struct nftnl_expr *expr = enc_net_expr(rule, "immediate");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_VERDICT, (uint32_t)NFT_GOTO);
	nftnl_expr_set_str(expr, NFTNL_EXPR_IMM_CHAIN, chain);
}

void enc_net_reject(struct nftnl_rule *rule, uint32_t type, uint8_t code)
{
	struct nftnl_expr *expr = enc_net_expr(rule, "reject");

	nftnl_expr_set_u32(expr, NFTNL_EXPR_REJECT_TYPE, type);
	nftnl_expr_set_u8(expr, NFTNL_EXPR_REJECT_CODE, code);
}
