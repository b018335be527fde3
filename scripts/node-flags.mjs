/** How Node is to run the program; Dockerfile and docker-compose.yml repeat it. */
export const NODE_FLAGS = [
  // no __proto__ accessor, so no input can reach Object.prototype through it
  '--disable-proto=delete',
  '--enable-source-maps',
  // documents are large and short-lived: with the room of a small heap, V8 would look through all of it after every twenty
  // packages. Measured: a sixth more packages a second
  '--initial-old-space-size=128',
  '--max-semi-space-size=32',
  // what is loaded at the start stays: looking through it again and again takes an eighth of that time
  '--min-semi-space-size=16',
];
