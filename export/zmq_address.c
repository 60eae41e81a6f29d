#include "export/zmq_address.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

/* A name that a dead process left is nobody's: only one that answers is. */
static bool somebody_listens(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof at.sun_path)
		return false;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	memcpy(at.sun_path, path, strlen(path));
	bool listens = fd >= 0 && (connect(fd, (struct sockaddr *)&at, sizeof at) == 0 || errno == EAGAIN);
	if (fd >= 0)
		close(fd);
	return listens;
}

/* Whatever else has the name would be deleted. */
static bool is_no_socket(const char *path)
{
	struct stat s;
	return lstat(path, &s) == 0 && !S_ISSOCK(s.st_mode);
}

int zmq_bind_free(void *socket, const char *address)
{
	if (strncmp(address, "ipc://", 6) == 0 && is_no_socket(address + 6))
		return EEXIST;
	if (strncmp(address, "ipc://", 6) == 0 && somebody_listens(address + 6))
		return EADDRINUSE;
	return zmq_bind(socket, address) == 0 ? 0 : zmq_errno();
}

int zmq_wrong_address(const char *url, int code, const char *forms, struct error *error)
{
	switch (code) {
	case EADDRINUSE:
		return error_set(error, ERROR_USAGE,
				 "%s: the address is in use; choose another or end the program that has it", url);
	case EEXIST:
		return error_set(error, ERROR_USAGE, "%s: something that is no socket has this name; choose another",
				 url);
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
