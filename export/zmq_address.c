#include "export/zmq_address.h"

#include <errno.h>
#include <zmq.h>

int zmq_wrong_address(const char *url, int code, const char *forms, struct error *error)
{
	switch (code) {
	case EADDRINUSE:
		return error_set(error, ERROR_USAGE,
				 "%s: the address is in use; choose another or end the program that has it", url);
	case EADDRNOTAVAIL:
	case ENODEV:
		return error_set(error, ERROR_USAGE, "%s: this machine has no such address; give one it has, or *",
				 url);
	case EACCES:
		return error_set(error, ERROR_USAGE,
				 "%s: not allowed; choose a port above 1023 or a directory of yours", url);
	case ENOENT:
		return error_set(error, ERROR_USAGE, "%s: no such directory; make it or choose another", url);
	case ENAMETOOLONG:
		return error_set(error, ERROR_USAGE, "%s: longer than a socket's name may be; choose a shorter path",
				 url);
	case EINVAL:
	case EPROTONOSUPPORT:
	case ENOCOMPATPROTO:
		return error_set(error, ERROR_USAGE, "%s: no such address; give %s", url, forms);
	default:
		return error_set(error, ERROR_USAGE, "%s: %s; give another address", url, zmq_strerror(code));
	}
}
