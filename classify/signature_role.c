#include "classify/signature.h"

const char *const software_role_name[ROLES] = {
	[ROLE_OPERATING_SYSTEM] = "operatingSystem",
	[ROLE_SERVER] = "server",
	[ROLE_CLIENT] = "client",
	[ROLE_LIBRARY] = "library",
	[ROLE_FIRMWARE] = "firmware",
};
