// Preloaded by a program that is to find no network: no host name resolves.

"use strict";

const dns = require("node:dns");

dns.lookup = (hostname, ...rest) => {
  const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), {
    code: "ENOTFOUND",
  });
  process.nextTick(rest[rest.length - 1], error);
};
