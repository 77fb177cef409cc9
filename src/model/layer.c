#include "layer.h"

#include "def.h"

/* Names in the order of the flags. */
static const char *const names[] = {
	"namespaces", "seccomp",	 "landlock", "cgroup-v1",
	"cgroup-v2",  "no-capabilities", "gate",     "gvisor",
};

const char *enc_layer_name(size_t index)
{
	return index < ENC_COUNT(names) ? names[index] : NULL;
}
