/* The row of DPDK in a build without it. */
#include "capture/kind.h"

static bool serves(const struct source_options *options)
{
	return options->dpdk;
}

static int open_absent(const struct source_options *options, struct source **out, struct error *error)
{
	return error_set(
		error, ERROR_USAGE,
		"--dpdk: this onlooker was built without DPDK; install libdpdk-dev and build with -Ddpdk=enabled");
}

const struct source_kind source_dpdk = {
	.name = "DPDK, absent",
	.serves = serves,
	.open = open_absent,
};
