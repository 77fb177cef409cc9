/* Reads what requests say about egress. */

#include <string.h>

#include "api_internal.h"
#include "rules.h"

/* add_entry() - add an entry in its canonical form, unless it is there */
static enum enc_code add_entry(struct enc_allowlist *list, const json_t *entry,
			       const char *field, struct enc_error *err)
{
	const struct enc_text text = { json_string_value(entry),
				       json_string_length(entry) };
	char room[ENC_RULE_TEXT_BYTES];
	struct enc_rule rule;
	const char *why = "";

	if (enc_rule_parse(text, room, &rule, &why) < 0) {
		return enc_fail_field(err, ENC_BAD_REQUEST, field,
				      "%s: '%.100s' %s", field, text.bytes,
				      why);
	}
	if (enc_rule_is_loopback(&rule)) {
		return enc_fail_field(
			err, ENC_BAD_REQUEST, field,
			"%s: '%.100s' is loopback, which is the sandbox's own: "
			"no entry allows anything of this machine",
			field, text.bytes);
	}
	if (!enc_allowlist_has(list, rule.text)) {
		enc_allowlist_add(list, rule.text);
	}
	return ENC_OK;
}

enum enc_code enc_api_read_allowlist(const json_t *egress, const char *field,
				     struct enc_allowlist **ret_list,
				     struct enc_error *err)
{
	const char *mode = json_string_value(json_object_get(egress, "mode"));
	const json_t *allow = json_object_get(egress, "allow");
	struct enc_allowlist *list;
	enum enc_code code = ENC_OK;

	*ret_list = NULL;
	if (mode == NULL || strcmp(mode, "allowlist") != 0) {
		return json_array_size(allow) == 0
			       ? ENC_OK
			       : enc_fail_field(err, ENC_BAD_REQUEST, field,
						"%s goes with mode allowlist",
						field);
	}
	list = enc_allowlist_new(json_array_size(allow));
	for (size_t i = 0; i < json_array_size(allow) && code == ENC_OK; i++) {
		code = add_entry(list, json_array_get(allow, i), field, err);
	}
	if (code != ENC_OK) {
		enc_allowlist_release(list);
		return code;
	}
	*ret_list = list;
	return ENC_OK;
}
