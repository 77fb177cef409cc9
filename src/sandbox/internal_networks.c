#include <string.h>

#include "internal_networks.h"

enum { V4_BITS = 96, SHOWN_BYTES = 64 };

/* Internal networks are parts of these. */
static const struct enc_network private[] = {
	{ ENC_ADDRESS_V4(10, 0, 0, 0), V4_BITS + 8 },
	{ ENC_ADDRESS_V4(172, 16, 0, 0), V4_BITS + 12 },
	{ ENC_ADDRESS_V4(192, 168, 0, 0), V4_BITS + 16 },
	{ ENC_ADDRESS_V4(100, 64, 0, 0), V4_BITS + 10 },
	{ { 0xfc }, 7 },
};

/*
 * Metadata services in these networks: Alibaba's, Amazon's, Google's,
 * Scaleway's.
 */
static const uint8_t metadata[][ENC_ADDRESS_BYTES] = {
	ENC_ADDRESS_V4(100, 100, 100, 200),
	{ 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54 },
	{ 0xfd, 0x20, 0x00, 0xce, [14] = 0x02, [15] = 0x54 },
	{ 0xfd, 0x00, 0x00, 0x42, [15] = 0x42 },
};

static bool is_private(const struct enc_network *network)
{
	for (size_t i = 0; i < ENC_COUNT(private); i++) {
		if (network->bits >= private[i].bits &&
		    enc_network_has(&private[i], network -> addr)) {
			return true;
		}
	}
	return false;
}

/* metadata_in() - an address of a network that serves metadata, or NULL */
static const uint8_t *metadata_in(const struct enc_network *network)
{
	for (size_t i = 0; i < ENC_COUNT(metadata); i++) {
		if (enc_network_has(network, metadata[i])) {
			return metadata[i];
		}
	}
	return NULL;
}

static enum enc_code read_one(struct enc_text text,
			      struct enc_network *ret_network,
			      struct enc_error *err)
{
	int shown = (int)ENC_MIN(text.length, (size_t)SHOWN_BYTES);
	char address[ENC_EGRESS_ADDRESS_BYTES];
	char room[ENC_RULE_TEXT_BYTES];
	struct enc_rule rule;
	const uint8_t *served;
	const char *why = "has a port, or is no address or CIDR";

	if (enc_rule_parse(text, room, &rule, &why) < 0 ||
	    rule.kind != ENC_RULE_NETWORK || rule.port != 0) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"'%.*s' is no internal network like "
				"10.1.0.0/16: it %s",
				shown, text.bytes, why);
	}
	if (!is_private(&rule.network)) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"'%.*s' is no internal network: only parts of "
				"10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, "
				"100.64.0.0/10 and fc00::/7 are",
				shown, text.bytes);
	}
	served = metadata_in(&rule.network);
	if (served != NULL) {
		enc_egress_address(served, address);
		return enc_fail(err, ENC_BAD_REQUEST,
				"'%.*s' is no internal network: a cloud serves "
				"metadata at %s; name smaller networks without "
				"it",
				shown, text.bytes, address);
	}
	*ret_network = rule.network;
	return ENC_OK;
}

enum enc_code
enc_internal_networks_read(const char *list,
			   struct enc_internal_networks *ret_networks,
			   struct enc_error *err)
{
	enum enc_code code = ENC_OK;

	ret_networks->count = 0;
	while (code == ENC_OK && list != NULL && *list != '\0') {
		struct enc_text text = { list, strcspn(list, ",") };

		if (ret_networks->count == ENC_RULESET_INTERNAL_MAX) {
			return enc_fail(err, ENC_BAD_REQUEST,
					"more than %d internal networks",
					ENC_RULESET_INTERNAL_MAX);
		}
		code = read_one(text,
				&ret_networks->network[ret_networks->count++],
				err);
		list += text.length + (list[text.length] == ',' ? 1 : 0);
	}
	return code;
}
