/** What the service offers to clients: the rows of the table, in groups. */

const ORDER_OPERATIONS = [
  'createRequest',
  'getRequest',
  'deleteRequest',
  'createArtifact',
  'addTask',
  'disableTask',
  'addNotification',
  'disableNotification',
  'getTask',
  'findTasks',
  'getTaskCount',
  'getStatus',
  'setClientStatus',
  'getRequestHistory',
];

/** SOAP services by the last part of their path, with all operations of their WSDLs. */
export const soapServices = {
  'documentservice-v3': [...ORDER_OPERATIONS, 'getPackagingTaskStatus', 'createUserSession'],
  'documentservice-v2': ORDER_OPERATIONS,
  'packagingservice-v1': ['create-package'],
  'packagingservice-v2': ['create-package'],
  'packagingservice-v3': ['create-package'],
  'packagingservice-v4': ['create-package'],
  'archiveservice-v3': ['getDocument', 'removeDocument'],
  'sealingservice-v1': ['create-seal'],
};

/** Methods by the names that clients order them with, of eIDs of five countries and of codes; the sandbox answers for all. */
export const clientMethods = [
  'nbid-sign',
  'sbid-sign',
  'ftn-sign',
  'tupas',
  'nbid',
  'sbid',
  'idin',
  'sms-otp',
];

/** Beside SOAP; not every stack has a habit of its own there. */
const documents = [
  'upload',
  'upload after 401',
  'download',
  'delete',
  'original',
  'result',
  'archived result',
];

/** Every row: what it belongs to, its name, and whether every stack must have tried it. */
export const rows = [
  ...documents.map((operation) => ({ api: 'doc', operation, forAll: false })),
  ...Object.entries(soapServices).flatMap(([api, operations]) =>
    operations.map((operation) => ({ api, operation, forAll: true })),
  ),
  { api: 'documentservice-v3', operation: 'fault', forAll: true },
  { api: 'documentservice-v2', operation: 'fault', forAll: true },
  { api: 'portal', operation: 'sign (v3 order)', forAll: true },
  { api: 'portal', operation: 'sign (v2 order)', forAll: true },
  { api: 'portal', operation: 'sign (names of clients)', forAll: true },
  { api: 'portal', operation: 'user session page', forAll: false },
  { api: 'callback', operation: 'order completed', forAll: true },
];
