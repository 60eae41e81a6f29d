#include "classify/system.h"

#include <string.h>
#include <strings.h>

/* First match decides; words are looked for from the start of the title, or anywhere in it with a leading '*'. */
static const struct {
	const char *title;
	enum system_family family;
} row[] = {
	{"Windows CE", SYSTEM_OTHER}, {"Windows", SYSTEM_WINDOWS},     {"*Linux", SYSTEM_LINUX},
	{"Android", SYSTEM_LINUX},    {"Ubuntu", SYSTEM_LINUX},        {"Debian", SYSTEM_LINUX},
	{"Raspbian", SYSTEM_LINUX},   {"Raspberry", SYSTEM_LINUX},     {"CentOS", SYSTEM_LINUX},
	{"Fedora", SYSTEM_LINUX},     {"openSUSE", SYSTEM_LINUX},      {"SUSE", SYSTEM_LINUX},
	{"ChromeOS", SYSTEM_LINUX},   {"Chrome OS", SYSTEM_LINUX},     {"OpenWrt", SYSTEM_LINUX},
	{"DD-WRT", SYSTEM_LINUX},     {"LEDE", SYSTEM_LINUX},          {"QTS", SYSTEM_LINUX},
	{"DSM", SYSTEM_LINUX},        {"Tizen", SYSTEM_LINUX},         {"webOS", SYSTEM_LINUX},
	{"Roku", SYSTEM_LINUX},       {"RouterOS", SYSTEM_LINUX},      {"FortiOS", SYSTEM_LINUX},
	{"EdgeOS", SYSTEM_LINUX},     {"VyOS", SYSTEM_LINUX},          {"PAN-OS", SYSTEM_LINUX},
	{"Fire OS", SYSTEM_LINUX},    {"KaiOS", SYSTEM_LINUX},         {"Proxmox", SYSTEM_LINUX},
	{"macOS", SYSTEM_APPLE},      {"Mac OS", SYSTEM_APPLE},        {"Darwin", SYSTEM_APPLE},
	{"OS X", SYSTEM_APPLE},       {"iOS", SYSTEM_APPLE},           {"iPadOS", SYSTEM_APPLE},
	{"tvOS", SYSTEM_APPLE},       {"watchOS", SYSTEM_APPLE},       {"visionOS", SYSTEM_APPLE},
	{"iPhone OS", SYSTEM_APPLE},  {"FreeBSD", SYSTEM_FREEBSD},     {"pfSense", SYSTEM_FREEBSD},
	{"OPNsense", SYSTEM_FREEBSD}, {"FreeNAS", SYSTEM_FREEBSD},     {"TrueNAS CORE", SYSTEM_FREEBSD},
	{"OpenBSD", SYSTEM_OPENBSD},  {"NetBSD", SYSTEM_NETBSD},       {"Solaris", SYSTEM_SOLARIS},
	{"SunOS", SYSTEM_SOLARIS},    {"illumos", SYSTEM_SOLARIS},     {"OpenIndiana", SYSTEM_SOLARIS},
	{"OmniOS", SYSTEM_SOLARIS},   {"Cisco IOS", SYSTEM_CISCO_IOS}, {"Unix", SYSTEM_UNIX},
};

enum system_family system_family(const char *title)
{
	if (!title)
		return SYSTEM_NONE;
	for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
		const char *t = row[i].title;
		if (*t == '*' ? strcasestr(title, t + 1) != NULL : !strncmp(title, t, strlen(t)))
			return row[i].family;
	}
	return SYSTEM_OTHER;
}

bool system_agree(enum system_family a, enum system_family b)
{
	return a == b && a > SYSTEM_UNIX;
}

bool system_differ(enum system_family a, enum system_family b)
{
	if (a == SYSTEM_UNIX || b == SYSTEM_UNIX)
		return a == SYSTEM_WINDOWS || b == SYSTEM_WINDOWS;
	return a > SYSTEM_UNIX && b > SYSTEM_UNIX && a != b;
}

bool system_underlies(const char *kernel, const char *title)
{
	static const char *const kernels[] = {"Linux", "Darwin", "FreeBSD", "SunOS"};
	for (unsigned i = 0; i < sizeof kernels / sizeof *kernels; i++)
		if (strcmp(kernel, kernels[i]) == 0)
			return strcmp(kernel, title) != 0 && system_agree(system_family(kernel), system_family(title));
	return false;
}
