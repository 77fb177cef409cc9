#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "egress.h"
#include "host_name.h"
#include "rules.h"

enum {
	ADDRESS_BITS = 128,
	V4_BITS = 96, /* in front of a mapped IPv4 address */
	PORT_DIGITS = 5,
	PREFIX_DIGITS = 3,
};

/* What is wrong with an entry. */
static const char empty[] = "is empty: name a host, an address or a CIDR";
static const char too_long[] = "is longer than any host name";
static const char odd_bytes[] =
	"has bytes that no host name has; a name that isn't ASCII needs its "
	"xn-- form";
static const char url[] =
	"is a URL: name the host and the port only, as in example.com:8443";
static const char path[] =
	"has a path: name the host and the port only, as in example.com:8443";
static const char bad_port[] = "has no port from 1 to 65535 behind the colon";
static const char bad_name[] = "is no host name, address or CIDR";
static const char bad_address[] = "is no address as inet_pton(3) reads it";
static const char bad_prefix[] = "has no prefix length that its address can "
				 "have";
static const char bits_behind[] =
	"has bits behind its prefix length: name the first address of the "
	"network";
static const char too_wide[] =
	"covers everything below a top-level domain: name at least two labels, "
	"as in *.example.com";
static const char star[] =
	"has * elsewhere than in front: only *.example.com is a rule";
static const char brackets[] =
	"needs its IPv6 address in brackets, as in [2001:db8::1]:443 or "
	"[2001:db8::/32]:443";

bool enc_network_has(const struct enc_network *network, const uint8_t addr[16])
{
	unsigned int whole = network->bits / 8;
	unsigned int rest = network->bits % 8;
	uint8_t mask = (uint8_t)(0xff00U >> rest);

	if (network->bits < V4_BITS && enc_address_v4(addr) != NULL) {
		return false; /* IPv6's networks say nothing about IPv4 */
	}
	if (memcmp(network->addr, addr, whole) != 0) {
		return false;
	}
	return rest == 0 || ((network->addr[whole] ^ addr[whole]) & mask) == 0;
}

static bool is_part_of(const struct enc_network *part,
		       const struct enc_network *whole)
{
	return part->bits >= whole->bits && enc_network_has(whole, part->addr);
}

bool enc_rule_is_loopback(const struct enc_rule *rule)
{
	static const struct enc_network networks[] = {
		{ ENC_ADDRESS_V4(127, 0, 0, 0), V4_BITS + 8 },
		{ ENC_ADDRESS_V4(0, 0, 0, 0), ADDRESS_BITS },
		{ { 0 }, ADDRESS_BITS - 1 }, /* ::1, :: */
	};
	static const char below[] = ".localhost";
	size_t length;

	if (rule->kind != ENC_RULE_NETWORK) {
		length = strlen(rule->name);
		return strcmp(rule->name, below + 1) == 0 ||
		       (length >= strlen(below) &&
			strcmp(rule->name + length - strlen(below), below) ==
				0);
	}
	for (size_t i = 0; i < ENC_COUNT(networks); i++) {
		if (is_part_of(&rule->network, &networks[i])) {
			return true;
		}
	}
	return false;
}

/* read_number() - read a decimal number without sign or zeros in front */
static int read_number(struct enc_text text, size_t digits, unsigned int least,
		       unsigned int most, unsigned int *ret_number)
{
	unsigned int number = 0;

	if (text.length == 0 || text.length > digits ||
	    (text.bytes[0] == '0' && text.length > 1)) {
		return -EINVAL;
	}
	for (size_t i = 0; i < text.length; i++) {
		if (text.bytes[i] < '0' || text.bytes[i] > '9') {
			return -EINVAL;
		}
		number = number * 10 + (unsigned int)(text.bytes[i] - '0');
	}
	*ret_number = number;
	return number < least || number > most ? -EINVAL : 0;
}

static struct enc_text from(struct enc_text text, size_t at)
{
	return (struct enc_text){ text.bytes + at, text.length - at };
}

static const char *find(struct enc_text text, char what)
{
	return memchr(text.bytes, what, text.length);
}

/* An entry in its parts. */
struct parts {
	struct enc_text host;	/* name or address, without brackets */
	struct enc_text prefix; /* behind the slash; bytes NULL: none */
	struct enc_text port;	/* behind the colon; bytes NULL: none */
	bool bracketed;
};

/* split_bracketed() - take apart "[host/prefix]:port" */
static const char *split_bracketed(struct enc_text entry, struct parts *parts)
{
	const char *close = find(entry, ']');
	size_t length = close == NULL ? 0 : (size_t)(close - entry.bytes);
	struct enc_text behind = from(entry, length + 1);

	if (close == NULL) {
		return bad_address;
	}
	parts->bracketed = true;
	parts->host = (struct enc_text){ entry.bytes + 1, length - 1 };
	if (behind.length > 0 && behind.bytes[0] != ':') {
		return bad_port;
	}
	if (behind.length > 0) {
		parts->port = from(behind, 1);
	}
	return NULL;
}

static const char *split(struct enc_text entry, struct parts *parts)
{
	const char *colon = find(entry, ':');
	const char *slash;

	*parts = (struct parts){ .host = entry };
	if (entry.bytes[0] == '[') {
		const char *why = split_bracketed(entry, parts);

		if (why != NULL) {
			return why;
		}
	} else if (colon != NULL &&
		   memchr(colon + 1, ':',
			  entry.length - (size_t)(colon + 1 - entry.bytes)) ==
			   NULL) {
		/* One colon: a port. Several: an IPv6 address. */
		parts->host.length = (size_t)(colon - entry.bytes);
		parts->port = from(entry, parts->host.length + 1);
	}
	slash = find(parts->host, '/');
	if (slash != NULL) {
		size_t at = (size_t)(slash - parts->host.bytes);

		parts->prefix = from(parts->host, at + 1);
		parts->host.length = at;
	}
	return NULL;
}

/*
 * read_address() - read an address. Return: its number of bits, 32 or 128, with
 * a mapped one having 128; -EINVAL
 */
static int read_address(struct enc_text text, uint8_t ret_addr[16])
{
	char copy[ENC_EGRESS_ADDRESS_BYTES];
	uint8_t v4[4];

	if (text.length == 0 || text.length >= sizeof(copy)) {
		return -EINVAL;
	}
	memcpy(copy, text.bytes, text.length);
	copy[text.length] = '\0';
	if (inet_pton(AF_INET, copy, v4) == 1) {
		enc_address_map(v4, ret_addr);
		return ADDRESS_BITS - V4_BITS;
	}
	return inet_pton(AF_INET6, copy, ret_addr) == 1 ? ADDRESS_BITS
							: -EINVAL;
}

static bool has_bits_behind(const struct enc_network *network)
{
	for (unsigned int bit = network->bits; bit < ADDRESS_BITS; bit++) {
		if ((network->addr[bit / 8] & 0x80U >> bit % 8) != 0) {
			return true;
		}
	}
	return false;
}

static const char *read_network(const struct parts *parts,
				struct enc_rule *rule)
{
	struct enc_network *network = &rule->network;
	int bits = read_address(parts->host, network->addr);
	unsigned int prefix = (unsigned int)bits;

	if (bits < 0 || (parts->bracketed && bits != ADDRESS_BITS)) {
		return bad_address;
	}
	if (parts->prefix.bytes != NULL &&
	    read_number(parts->prefix, PREFIX_DIGITS, 0, (unsigned int)bits,
			&prefix) < 0) {
		return bad_prefix;
	}
	network->bits = ADDRESS_BITS - (unsigned int)bits + prefix;
	/* A part of the mapped addresses is a part of IPv4. */
	if (enc_address_v4(network->addr) != NULL && network->bits < V4_BITS) {
		return bad_prefix;
	}
	rule->kind = ENC_RULE_NETWORK;
	return has_bits_behind(network) ? bits_behind : NULL;
}

/* write_network() - write the canonical text of a network */
static void write_network(const struct enc_rule *rule, char *ret_text)
{
	const struct enc_network *network = &rule->network;
	bool v4 = enc_address_v4(network->addr) != NULL;
	bool bracketed = !v4 && rule->port != 0;
	char address[ENC_EGRESS_ADDRESS_BYTES];
	char prefix[8] = "";
	char port[8] = "";

	enc_egress_address(network->addr, address);
	if (network->bits < ADDRESS_BITS) {
		(void)snprintf(prefix, sizeof(prefix), "/%u",
			       network->bits - (v4 ? V4_BITS : 0U));
	}
	if (rule->port != 0) {
		(void)snprintf(port, sizeof(port), ":%u", rule->port);
	}
	(void)snprintf(ret_text, ENC_RULE_TEXT_BYTES, "%s%s%s%s%s",
		       bracketed ? "[" : "", address, prefix,
		       bracketed ? "]" : "", port);
}

/*
 * read_name() - read a name or a wildcard; the name is what is below "*."
 */
static const char *read_name(struct enc_text host, struct enc_rule *rule,
			     char ret_name[ENC_HOST_NAME_BYTES])
{
	rule->kind = ENC_RULE_NAME;
	if (host.length > 2 && host.bytes[0] == '*' && host.bytes[1] == '.') {
		rule->kind = ENC_RULE_BELOW;
		host = from(host, 2);
	}
	if (find(host, '*') != NULL) {
		return star;
	}
	if (host.length > 1 && host.bytes[host.length - 1] == '.') {
		host.length--; /* the root, which every name ends with */
	}
	if (enc_host_name_read(host.bytes, host.length, ret_name) < 0) {
		return bad_name;
	}
	return rule->kind == ENC_RULE_BELOW && strchr(ret_name, '.') == NULL
		       ? too_wide
		       : NULL;
}

/* check_bytes() - refuse what no entry has, each kind with a reason */
static const char *check_bytes(struct enc_text entry)
{
	if (entry.length == 0) {
		return empty;
	}
	if (memmem(entry.bytes, entry.length, "://", 3) != NULL) {
		return url;
	}
	for (size_t i = 0; i < entry.length; i++) {
		if (entry.bytes[i] <= ' ' || entry.bytes[i] > '~') {
			return odd_bytes;
		}
	}
	return entry.length > ENC_RULE_ENTRY_MAX_BYTES ? too_long : NULL;
}

/* is_ipv4_like() - whether a text has nothing but digits and dots */
static bool is_ipv4_like(struct enc_text text)
{
	for (size_t i = 0; i < text.length; i++) {
		char byte = text.bytes[i];

		if (byte != '.' && (byte < '0' || byte > '9')) {
			return false;
		}
	}
	return true;
}

/*
 * better_reason() - tell what an entry without brackets lacks that was taken
 * for an address. Return: @why if there is no better reason; NULL stays NULL
 */
static const char *better_reason(const struct parts *parts, const char *why)
{
	bool is_ipv6 = find(parts->host, ':') != NULL;
	bool has_prefix = parts->prefix.bytes != NULL;

	if (is_ipv6 &&
	    (why == bad_address || (why == bad_prefix && has_prefix &&
				    find(parts->prefix, ':') != NULL))) {
		return brackets;
	}
	if (!is_ipv6 && why == bad_address && has_prefix &&
	    !is_ipv4_like(parts->host)) {
		return path;
	}
	return why;
}

/* looks_like_address() - whether an entry is meant as one */
static bool looks_like_address(const struct parts *parts)
{
	uint8_t addr[16];

	return parts->bracketed || parts->prefix.bytes != NULL ||
	       find(parts->host, ':') != NULL ||
	       read_address(parts->host, addr) > 0;
}

/* write_name() - write canonical text and name of a rule into its room */
static void write_name(struct enc_rule *rule, const char *name, char *room)
{
	char port[8] = "";

	rule->name = room + ENC_RULE_TEXT_BYTES / 2;
	memcpy(room + ENC_RULE_TEXT_BYTES / 2, name, strlen(name) + 1);
	if (rule->port == 0) {
		rule->port = ENC_RULE_NAME_PORT;
	}
	if (rule->port != ENC_RULE_NAME_PORT) {
		(void)snprintf(port, sizeof(port), ":%u", rule->port);
	}
	(void)snprintf(room, ENC_RULE_TEXT_BYTES / 2, "%s%s%s",
		       rule->kind == ENC_RULE_BELOW ? "*." : "", name, port);
}

static const char *read_rule(struct enc_text entry, char *room,
			     struct enc_rule *rule)
{
	char name[ENC_HOST_NAME_BYTES];
	struct parts parts;
	unsigned int port = 0;
	const char *why = check_bytes(entry);

	if (why == NULL) {
		why = split(entry, &parts);
	}
	if (why != NULL) {
		return why;
	}
	if (parts.port.bytes != NULL &&
	    read_number(parts.port, PORT_DIGITS, 1, UINT16_MAX, &port) < 0) {
		return bad_port;
	}
	rule->port = (uint16_t)port;
	rule->text = room;
	if (looks_like_address(&parts)) {
		why = read_network(&parts, rule);
		if (why == NULL) {
			write_network(rule, room);
		}
		return parts.bracketed ? why : better_reason(&parts, why);
	}
	why = read_name(parts.host, rule, name);
	if (why == NULL) {
		write_name(rule, name, room);
	}
	return why;
}

int enc_rule_parse(struct enc_text entry, char ret_room[ENC_RULE_TEXT_BYTES],
		   struct enc_rule *ret_rule, const char **ret_why)
{
	struct enc_rule rule = { .kind = ENC_RULE_INVALID };
	const char *why = read_rule(entry, ret_room, &rule);

	if (why != NULL) {
		*ret_why = why;
		return -EINVAL;
	}
	*ret_rule = rule;
	return 0;
}
