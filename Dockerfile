# Builds with the development dependencies; scripts/image.mjs then takes what runs, and nothing else.
FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY src/problem/package.json src/problem/
COPY src/pki/package.json src/pki/
COPY src/ades/package.json src/ades/
COPY src/identity/package.json src/identity/
COPY src/web/package.json src/web/
COPY src/server/package.json src/server/
COPY workers/package.json workers/
COPY sandbox/package.json sandbox/
COPY cli/package.json cli/
RUN npm ci --include=dev --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund
RUN node scripts/image.mjs /image

FROM node:22-slim
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
COPY --from=build /image /app
# volumes that are mounted here take over this owner
RUN mkdir -p /data/documents /data/sandbox && chown -R node:node /data
USER node
VOLUME /data
EXPOSE 8080 8090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# as scripts/node-flags.mjs has it, which says why
ENTRYPOINT ["node", "--disable-proto=delete", "--enable-source-maps", "--initial-old-space-size=128", "--max-semi-space-size=32", "--min-semi-space-size=16", "cli/dist/main.js"]
CMD ["start"]
