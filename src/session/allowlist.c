#include <string.h>

#include "allowlist.h"
#include "json.h"
#include "sha256.h"

/* A rule has at most ENC_MESSAGE_HOST_MAX_BYTES, and a comma and quotes. */
enum {
	RULE_MAX_BYTES = ENC_MESSAGE_HOST_MAX_BYTES,
	TEXT_MAX_BYTES = ENC_ALLOWLIST_MAX * (RULE_MAX_BYTES + 3) + 64,
};

#define PRINT(out, ...) ENC_MUST(enc_buf_printf(out, __VA_ARGS__))

struct enc_allowlist *enc_allowlist_new(size_t room)
{
	struct enc_allowlist *list =
		enc_xalloc(sizeof(*list) + room * sizeof(list->rule[0]));

	list->holders = 1;
	return list;
}

bool enc_allowlist_has(const struct enc_allowlist *list, const char *rule)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->rule[i], rule) == 0) {
			return true;
		}
	}
	return false;
}

void enc_allowlist_add(struct enc_allowlist *list, const char *rule)
{
	list->rule[list->count++] = enc_xstrdup(rule);
}

struct enc_allowlist *enc_allowlist_hold(struct enc_allowlist *list)
{
	if (list != NULL) {
		list->holders++;
	}
	return list;
}

void enc_allowlist_release(struct enc_allowlist *list)
{
	if (list == NULL || --list->holders > 0) {
		return;
	}
	for (size_t i = 0; i < list->count; i++) {
		free(list->rule[i]);
	}
	free(list);
}

size_t enc_allowlist_bytes(const struct enc_allowlist *list)
{
	size_t bytes = 0;

	for (size_t i = 0; list != NULL && i < list->count; i++) {
		bytes += sizeof(list->rule[i]) + strlen(list->rule[i]);
	}
	return bytes;
}

/* write_rules() - append the rules as a JSON array */
static void write_rules(const struct enc_allowlist *list, struct enc_buf *out)
{
	PRINT(out, "[");
	for (size_t i = 0; list != NULL && i < list->count; i++) {
		PRINT(out, i == 0 ? "" : ",");
		ENC_MUST(enc_json_string(out, list->rule[i],
					 strlen(list->rule[i])));
	}
	PRINT(out, "]");
}

static const char *mode_of(const struct enc_allowlist *list)
{
	return list == NULL ? "deny_all" : "allowlist";
}

void enc_allowlist_write(const struct enc_allowlist *list, struct enc_buf *out)
{
	PRINT(out, "{\"mode\":\"%s\",\"allow\":", mode_of(list));
	write_rules(list, out);
	PRINT(out, "}");
}

void enc_allowlist_write_told(const struct enc_allowlist *list,
			      struct enc_buf *out)
{
	ENC_AUTO(buf) rules = ENC_BUF(TEXT_MAX_BYTES);
	char digest[ENC_SHA256_HEX_BYTES];

	write_rules(list, &rules);
	if (rules.length <= ENC_ALLOWLIST_TOLD_MAX_BYTES) {
		enc_allowlist_write(list, out);
		return;
	}
	enc_sha256_hex(enc_buf_bytes(&rules), rules.length, digest);
	PRINT(out,
	      "{\"mode\":\"%s\",\"allow\":null,\"count\":%zu,"
	      "\"sha256\":\"%s\"}",
	      mode_of(list), list->count, digest);
}
