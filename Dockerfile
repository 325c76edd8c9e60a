# syntax=docker/dockerfile:1
# test/unit/packaging.test.ts runs these steps in a clean folder.

# Turns TypeScript into JavaScript. The compiler and its types stay behind.
FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=optional --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

# What the operator needs at run time, and nothing else.
FROM node:24-trixie-slim AS production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

# No shell, no package manager, not root. The file system may be read-only.
FROM gcr.io/distroless/nodejs24-debian13:nonroot
WORKDIR /app
# Memory that one thread has freed is used again by the others: 20 to 50 MB less, at no cost that was measured.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1
COPY --from=production /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
USER 65532:65532
EXPOSE 8080 8081
CMD ["--max-semi-space-size=4", "--max-old-space-size=192", "dist/main.js", "operator"]
