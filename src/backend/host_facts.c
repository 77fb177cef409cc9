#include <string.h>

#include "host_facts.h"

bool enc_host_facts_environment(struct enc_backend_facts *facts,
				const struct enc_launch_environment *told)
{
	struct enc_backend_environment *row;

	if (told->index != facts->environment_count ||
	    told->index >= ENC_LAUNCH_ENVIRONMENTS_MAX) {
		return false;
	}
	row = &facts->environments[facts->environment_count++];
	memcpy(row->name, told->name, sizeof(row->name));
	memcpy(row->digest, told->digest, sizeof(row->digest));
	return true;
}

bool enc_host_facts_place(struct enc_backend_facts *facts,
			  struct enc_backend *backend,
			  const struct enc_launch_place *told)
{
	struct enc_place place = {
		.isolation = (enum enc_isolation)told->isolation,
		.fixed = told->fixed,
		.idle_bytes = told->idle_bytes,
		.kernel_bytes = told->kernel_bytes,
		.process_bytes = told->process_bytes,
		.open_files_most = told->open_files_most,
		.backend = backend,
		.number = told->index,
	};

	memcpy(place.name, told->name, sizeof(place.name));
	return told->index == facts->places.count &&
	       enc_places_add(&facts->places, &place) == 0;
}

bool enc_host_facts_host(struct enc_backend_facts *facts,
			 const struct enc_launch_host *told, const char *first)
{
	facts->cores = told->cores;
	facts->memory_bytes = told->memory_bytes;
	facts->sandboxes_max = told->sandboxes_max;
	facts->orphans_reaped = told->orphans_reaped;
	facts->egress = told->egress == 1;
	for (size_t i = 0; i < facts->places.count; i++) {
		if (first == NULL ||
		    strcmp(facts->places.row[i].name, first) == 0) {
			facts->places.usual = i;
			return true;
		}
	}
	return false;
}
