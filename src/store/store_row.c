#include "hex.h"
#include "random.h"
#include "store_impl.h"

enum { ADMIN_NAME_BYTES = 8 };

void enc_store_copy_session(struct enc_store_session *ret_row,
			    const struct enc_store_session *row)
{
	struct enc_store_session from = *row;
	struct enc_store_session copy = { 0 };
	struct enc_store_label *labels;

	from.base.type = &enc_store_sessions;
	enc_row_copy(&copy.base, &from.base);
	copy.last_seq = row->last_seq;
	copy.label_count = row->label_count;
	copy.record = enc_keep_text(&copy.base.memory, row->record);
	copy.genesis = enc_keep_text(&copy.base.memory, row->genesis);
	copy.last_line = enc_keep_text(&copy.base.memory, row->last_line);
	copy.labels = NULL;
	if (row->label_count > 0) {
		labels = enc_keep_room(&copy.base.memory,
				       row->label_count * sizeof(*labels));
		for (size_t i = 0; i < row->label_count; i++) {
			labels[i].name = enc_keep_text(&copy.base.memory,
						       row->labels[i].name);
			labels[i].value = enc_keep_text(&copy.base.memory,
							row->labels[i].value);
		}
		copy.labels = labels;
	}
	*ret_row = copy;
}

void enc_store_copy_entry(struct enc_store_entry_row *ret_row,
			  const struct enc_store_entry_row *row)
{
	struct enc_store_entry_row copy = *row;

	copy.memory = NULL;
	copy.session = enc_keep_text(&copy.memory, row->session);
	copy.entry.data = enc_keep_bytes(&copy.memory, row->entry.data,
					 row->entry.length);
	*ret_row = copy;
}

void enc_store_copy_line(struct enc_store_line *ret_row,
			 const struct enc_store_line *row)
{
	struct enc_store_line copy = *row;

	copy.memory = NULL;
	copy.text = enc_keep_bytes(&copy.memory, row->text, row->length);
	*ret_row = copy;
}

void enc_store_copy_result(struct enc_store_result *ret_row,
			   const struct enc_store_result *row)
{
	struct enc_store_result copy = *row;

	copy.memory = NULL;
	copy.session = enc_keep_text(&copy.memory, row->session);
	copy.record = enc_keep_text(&copy.memory, row->record);
	copy.json = enc_keep_text(&copy.memory, row->json);
	*ret_row = copy;
}

void enc_store_session_done(struct enc_store_session *row)
{
	enc_row_done(&row->base);
}

void enc_store_result_done(struct enc_store_result *row)
{
	enc_keep_release(&row->memory);
	*row = (struct enc_store_result){ 0 };
}

void enc_store_admin_begin(struct enc_buf *ret_genesis)
{
	char sid[sizeof("admin-") + 2UL * ADMIN_NAME_BYTES] = "admin-";
	char nothing[ENC_SHA256_HEX_BYTES];
	struct enc_audit_genesis genesis = {
		.org_id = "admin",
		.sid = sid,
		.request_sha256 = nothing,
		.policy_sha256 = nothing,
		.environment_sha256 = nothing,
	};
	uint8_t name[ADMIN_NAME_BYTES];
	struct enc_audit_chain chain;

	enc_random_bytes(name, sizeof(name));
	enc_hex_encode(name, sizeof(name), sid + strlen("admin-"));
	enc_sha256_hex("", 0, nothing);
	ENC_MUST(enc_audit_chain_begin(&chain, &genesis, ret_genesis, NULL));
}
